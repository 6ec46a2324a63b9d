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
    secret_suffix = "platform"
  }
}

provider "kubectl" {}
