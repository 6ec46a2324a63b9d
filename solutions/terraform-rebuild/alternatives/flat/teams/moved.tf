# From a module by position to resources by name.
moved {
  from = module.team[0].kubectl_manifest.namespace
  to   = kubectl_manifest.namespace["vision"]
}

moved {
  from = module.team[0].kubectl_manifest.quota
  to   = kubectl_manifest.quota["vision"]
}

moved {
  from = module.team[0].kubectl_manifest.trainer
  to   = kubectl_manifest.trainer["vision"]
}

moved {
  from = module.team[0].kubectl_manifest.role
  to   = kubectl_manifest.role["vision"]
}

moved {
  from = module.team[0].kubectl_manifest.binding
  to   = kubectl_manifest.binding["vision"]
}

moved {
  from = module.team[0].kubectl_manifest.checkpoints
  to   = kubectl_manifest.checkpoints["vision"]
}

moved {
  from = module.team[0].kubectl_manifest.registry_pull
  to   = kubectl_manifest.registry_pull["vision"]
}

moved {
  from = module.team[1].kubectl_manifest.namespace
  to   = kubectl_manifest.namespace["speech"]
}

moved {
  from = module.team[1].kubectl_manifest.quota
  to   = kubectl_manifest.quota["speech"]
}

moved {
  from = module.team[1].kubectl_manifest.trainer
  to   = kubectl_manifest.trainer["speech"]
}

moved {
  from = module.team[1].kubectl_manifest.role
  to   = kubectl_manifest.role["speech"]
}

moved {
  from = module.team[1].kubectl_manifest.binding
  to   = kubectl_manifest.binding["speech"]
}

moved {
  from = module.team[1].kubectl_manifest.checkpoints
  to   = kubectl_manifest.checkpoints["speech"]
}

moved {
  from = module.team[1].kubectl_manifest.registry_pull
  to   = kubectl_manifest.registry_pull["speech"]
}

moved {
  from = module.team[2].kubectl_manifest.namespace
  to   = kubectl_manifest.namespace["ranking"]
}

moved {
  from = module.team[2].kubectl_manifest.quota
  to   = kubectl_manifest.quota["ranking"]
}

moved {
  from = module.team[2].kubectl_manifest.trainer
  to   = kubectl_manifest.trainer["ranking"]
}

moved {
  from = module.team[2].kubectl_manifest.role
  to   = kubectl_manifest.role["ranking"]
}

moved {
  from = module.team[2].kubectl_manifest.binding
  to   = kubectl_manifest.binding["ranking"]
}

moved {
  from = module.team[2].kubectl_manifest.checkpoints
  to   = kubectl_manifest.checkpoints["ranking"]
}

moved {
  from = module.team[2].kubectl_manifest.registry_pull
  to   = kubectl_manifest.registry_pull["ranking"]
}
