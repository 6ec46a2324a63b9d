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
    key_provider "pbkdf2" "key" {
      passphrase = var.state_passphrase
      key_length = 32
      iterations = 250000
    }

    method "aes_gcm" "state" {
      keys = key_provider.pbkdf2.key
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
