# What all teams share.
locals {
  priorities = { training-batch = 1000, training-urgent = 10000 }
}

resource "kubectl_manifest" "priority" {
  for_each = local.priorities

  yaml_body = yamlencode({
    apiVersion  = "scheduling.k8s.io/v1"
    kind        = "PriorityClass"
    metadata    = { name = each.key }
    value       = each.value
    description = "trainings of all teams"
  })
}

resource "kubectl_manifest" "auditor" {
  yaml_body = yamlencode({
    apiVersion = "rbac.authorization.k8s.io/v1"
    kind       = "ClusterRole"
    metadata   = { name = "training-auditor" }
    rules = [
      { apiGroups = [""], resources = ["pods", "resourcequotas"], verbs = ["get", "list"] },
      { apiGroups = ["batch"], resources = ["jobs"], verbs = ["get", "list"] },
    ]
  })
}

resource "kubectl_manifest" "auditors" {
  depends_on = [kubectl_manifest.auditor]

  yaml_body = yamlencode({
    apiVersion = "rbac.authorization.k8s.io/v1"
    kind       = "ClusterRoleBinding"
    metadata   = { name = "training-auditors" }
    roleRef    = { apiGroup = "rbac.authorization.k8s.io", kind = "ClusterRole", name = "training-auditor" }
    subjects   = [{ apiGroup = "rbac.authorization.k8s.io", kind = "Group", name = "auditors" }]
  })
}

# The records team keeps the archive from now on: it leaves this state, and stays where it is.
removed {
  from = kubectl_manifest.archive

  lifecycle {
    destroy = false
  }
}

removed {
  from = kubectl_manifest.archive_store

  lifecycle {
    destroy = false
  }
}
