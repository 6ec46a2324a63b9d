# The teams, from the list that the portal writes.
locals {
  teams = { for team in var.teams : team.name => team }
}

module "team" {
  source   = "../modules/team"
  for_each = local.teams

  name           = each.value.name
  gpus           = each.value.gpus
  storage        = each.value.storage
  registry_token = var.registry_token
}

# Teams stood by their position in the list until March.
moved {
  from = module.team[0]
  to   = module.team["imaging"]
}

moved {
  from = module.team[1]
  to   = module.team["speech"]
}

moved {
  from = module.team[2]
  to   = module.team["recommender"]
}

# Billing joins its rows by the namespace's own id, which changes when a namespace is made again.
resource "terraform_data" "billing" {
  for_each = { for team in module.team : team.name => team }

  input            = { team = each.value.name, uid = each.value.uid }
  triggers_replace = each.value.uid
}

output "billing" {
  value = [for row in terraform_data.billing : row.output]
}
