# One file for all that teams have, keyed by their names.
locals {
  by_name = { for team in var.teams : team.name => team }
  names   = toset(keys(local.by_name))
}

resource "kubectl_manifest" "namespace" {
  for_each = local.names

  yaml_body = yamlencode({
    apiVersion = "v1"
    kind       = "Namespace"
    metadata = {
      name   = each.key
      labels = { "training.example/team" = each.key }
    }
  })
}

resource "kubectl_manifest" "quota" {
  for_each = local.names

  yaml_body = yamlencode({
    apiVersion = "v1"
    kind       = "ResourceQuota"
    metadata = {
      name      = "pool"
      namespace = kubectl_manifest.namespace[each.key].name
    }
    spec = { hard = { "requests.nvidia.com/gpu" = tostring(local.by_name[each.key].gpus) } }
  })
}

resource "kubectl_manifest" "trainer" {
  for_each = local.names

  yaml_body = yamlencode({
    apiVersion = "v1"
    kind       = "ServiceAccount"
    metadata = {
      name      = "trainer"
      namespace = kubectl_manifest.namespace[each.key].name
    }
  })
}

resource "kubectl_manifest" "role" {
  for_each = local.names

  yaml_body = yamlencode({
    apiVersion = "rbac.authorization.k8s.io/v1"
    kind       = "Role"
    metadata = {
      name      = "trainer"
      namespace = kubectl_manifest.namespace[each.key].name
    }
    rules = [{
      apiGroups = ["batch"]
      resources = ["jobs"]
      verbs     = ["create", "delete", "get", "list", "watch"]
    }]
  })
}

resource "kubectl_manifest" "binding" {
  for_each = local.names

  yaml_body = yamlencode({
    apiVersion = "rbac.authorization.k8s.io/v1"
    kind       = "RoleBinding"
    metadata = {
      name      = "trainer"
      namespace = kubectl_manifest.namespace[each.key].name
    }
    roleRef  = { apiGroup = "rbac.authorization.k8s.io", kind = "Role", name = kubectl_manifest.role[each.key].name }
    subjects = [{ kind = "ServiceAccount", name = kubectl_manifest.trainer[each.key].name, namespace = each.key }]
  })
}

resource "kubectl_manifest" "checkpoints" {
  for_each = local.names

  yaml_body = yamlencode({
    apiVersion = "v1"
    kind       = "PersistentVolumeClaim"
    metadata = {
      name      = "checkpoints"
      namespace = kubectl_manifest.namespace[each.key].name
    }
    spec = {
      accessModes = ["ReadWriteMany"]
      resources   = { requests = { storage = local.by_name[each.key].storage } }
    }
  })
}

resource "kubectl_manifest" "registry_pull" {
  for_each = local.names

  yaml_body = yamlencode({
    apiVersion = "v1"
    kind       = "Secret"
    metadata = {
      name      = "registry-pull"
      namespace = kubectl_manifest.namespace[each.key].name
    }
    data = { token = base64encode(var.registry_token) }
  })
}

resource "terraform_data" "billing" {
  for_each = kubectl_manifest.namespace

  input            = { team = each.key, uid = each.value.uid }
  triggers_replace = each.value.uid
}

output "billing" {
  value = values(terraform_data.billing)[*].output
}
