# As it was last applied.
terraform {
  required_providers {
    kubectl = {
      source = "gavinbunney/kubectl"
    }
  }

  backend "kubernetes" {
    namespace     = "tofu-state"
    secret_suffix = "teams"
  }
}

provider "kubectl" {}

variable "teams" {
  type = list(object({ name = string, gpus = number, storage = string }))
}

variable "registry_token" {
  type      = string
  sensitive = true
}

module "team" {
  source = "../modules/team"
  count  = length(var.teams)

  name           = var.teams[count.index].name
  gpus           = var.teams[count.index].gpus
  storage        = var.teams[count.index].storage
  registry_token = var.registry_token
}
