# The teams, from the list that the portal writes.
module "team" {
  source = "../modules/team"
  count  = length(var.teams)

  name           = var.teams[count.index].name
  gpus           = var.teams[count.index].gpus
  storage        = var.teams[count.index].storage
  registry_token = var.registry_token
}

# Billing joins its rows by the namespace's own id, which changes when a namespace is made again.
resource "terraform_data" "billing" {
  for_each = { for team in module.team : team.uid => team }

  input            = { team = each.value.name, uid = each.value.uid }
  triggers_replace = each.value.uid
}

output "billing" {
  value = [for row in terraform_data.billing : row.output]
}
