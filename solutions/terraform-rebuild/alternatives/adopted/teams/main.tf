# The teams, from the list that the portal writes.
locals {
  teams = { for team in var.teams : team.name => team }
}

module "tenant" {
  source   = "../modules/team"
  for_each = local.teams

  name           = each.value.name
  gpus           = each.value.gpus
  storage        = each.value.storage
  registry_token = var.registry_token
}

# What stands is adopted under its new address: the old one is forgotten, and an apply finds the object there.
removed {
  from = module.team

  lifecycle {
    destroy = false
  }
}

# Billing joins its rows by the namespace's own id, which changes when a namespace is made again.
resource "terraform_data" "billing" {
  for_each = { for team in module.tenant : team.name => team }

  input            = { team = each.value.name, uid = each.value.uid }
  triggers_replace = each.value.uid
}

output "billing" {
  value = [for row in terraform_data.billing : row.output]
}
