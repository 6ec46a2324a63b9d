terraform {
  required_version = ">= 1.12"

  required_providers {
    kubectl = {
      source  = "gavinbunney/kubectl"
      version = "~> 1.19"
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
