variable "name" {
  type = string
}

variable "gpus" {
  type = number
}

variable "storage" {
  type = string
}

variable "registry_token" {
  type      = string
  sensitive = true
}

output "name" {
  value = var.name
}

output "uid" {
  value = kubectl_manifest.namespace.uid
}
