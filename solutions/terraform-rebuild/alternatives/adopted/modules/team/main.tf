# What one team has: a namespace with a pool of GPUs, an identity for its trainings, and room for its checkpoints.
terraform {
  required_providers {
    kubectl = {
      source = "gavinbunney/kubectl"
    }
  }
}

resource "kubectl_manifest" "namespace" {
  yaml_body = yamlencode({
    apiVersion = "v1"
    kind       = "Namespace"
    metadata = {
      name   = var.name
      labels = { "training.example/team" = var.name }
    }
  })
}

resource "kubectl_manifest" "quota" {
  yaml_body = yamlencode({
    apiVersion = "v1"
    kind       = "ResourceQuota"
    metadata = {
      name      = "pool"
      namespace = kubectl_manifest.namespace.name
    }
    spec = { hard = { "requests.nvidia.com/gpu" = tostring(var.gpus) } }
  })
}

resource "kubectl_manifest" "trainer" {
  yaml_body = yamlencode({
    apiVersion = "v1"
    kind       = "ServiceAccount"
    metadata = {
      name      = "trainer"
      namespace = kubectl_manifest.namespace.name
    }
  })
}

resource "kubectl_manifest" "role" {
  yaml_body = yamlencode({
    apiVersion = "rbac.authorization.k8s.io/v1"
    kind       = "Role"
    metadata = {
      name      = "trainer"
      namespace = kubectl_manifest.namespace.name
    }
    rules = [{
      apiGroups = ["batch"]
      resources = ["jobs"]
      verbs     = ["create", "delete", "get", "list", "watch"]
    }]
  })
}

resource "kubectl_manifest" "binding" {
  yaml_body = yamlencode({
    apiVersion = "rbac.authorization.k8s.io/v1"
    kind       = "RoleBinding"
    metadata = {
      name      = "trainer"
      namespace = kubectl_manifest.namespace.name
    }
    roleRef  = { apiGroup = "rbac.authorization.k8s.io", kind = "Role", name = kubectl_manifest.role.name }
    subjects = [{ kind = "ServiceAccount", name = kubectl_manifest.trainer.name, namespace = var.name }]
  })
}

resource "kubectl_manifest" "checkpoints" {
  yaml_body = yamlencode({
    apiVersion = "v1"
    kind       = "PersistentVolumeClaim"
    metadata = {
      name      = "checkpoints"
      namespace = kubectl_manifest.namespace.name
    }
    spec = {
      accessModes = ["ReadWriteMany"]
      resources   = { requests = { storage = var.storage } }
    }
  })
}

resource "kubectl_manifest" "registry_pull" {
  yaml_body = yamlencode({
    apiVersion = "v1"
    kind       = "Secret"
    metadata = {
      name      = "registry-pull"
      namespace = kubectl_manifest.namespace.name
    }
    data = { token = base64encode(var.registry_token) }
  })
}
