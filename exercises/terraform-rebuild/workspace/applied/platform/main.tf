# As it was last applied.
terraform {
  required_providers {
    kubectl = {
      source = "gavinbunney/kubectl"
    }
  }

  backend "kubernetes" {
    namespace     = "tofu-state"
    secret_suffix = "platform"
  }
}

provider "kubectl" {}

resource "kubectl_manifest" "priority" {
  for_each = { training-batch = 1000, training-urgent = 10000 }

  yaml_body = yamlencode({
    apiVersion  = "scheduling.k8s.io/v1"
    kind        = "PriorityClass"
    metadata    = { name = each.key }
    value       = each.value
    description = "trainings of all teams"
  })
}

resource "kubectl_manifest" "auditors" {
  yaml_body = yamlencode({
    apiVersion = "rbac.authorization.k8s.io/v1"
    kind       = "ClusterRoleBinding"
    metadata   = { name = "training-auditors" }
    roleRef    = { apiGroup = "rbac.authorization.k8s.io", kind = "ClusterRole", name = "training-auditor" }
    subjects   = [{ apiGroup = "rbac.authorization.k8s.io", kind = "Group", name = "auditors" }]
  })
}

resource "kubectl_manifest" "archive" {
  yaml_body = yamlencode({
    apiVersion = "v1"
    kind       = "Namespace"
    metadata   = { name = "archive" }
  })
}

resource "kubectl_manifest" "archive_store" {
  yaml_body = yamlencode({
    apiVersion = "v1"
    kind       = "PersistentVolumeClaim"
    metadata = {
      name      = "models"
      namespace = kubectl_manifest.archive.name
    }
    spec = {
      accessModes = ["ReadWriteMany"]
      resources   = { requests = { storage = "500Gi" } }
    }
  })

  lifecycle {
    prevent_destroy = true
  }
}
