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

  # What was written before is read once more, and written again encrypted.
  encryption {
    key_provider "pbkdf2" "passphrase" {
      passphrase = var.state_passphrase
      iterations = 200000 # the least that is taken; each command derives its keys again
    }

    method "aes_gcm" "state" {
      keys = key_provider.pbkdf2.passphrase
    }

    method "unencrypted" "before" {}

    state {
      method = method.aes_gcm.state

      fallback {
        method = method.unencrypted.before
      }
    }

    plan {
      method = method.aes_gcm.state
    }
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

variable "state_passphrase" {
  type      = string
  sensitive = true
}
