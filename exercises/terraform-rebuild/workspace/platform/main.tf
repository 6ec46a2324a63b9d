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
    description = "trainings of all teams, as of ${timestamp()}"
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
