# From a module by position to resources by name.
moved {
  from = module.team[0].kubectl_manifest.namespace
  to   = kubectl_manifest.namespace["imaging"]
}

moved {
  from = module.team[0].kubectl_manifest.quota
  to   = kubectl_manifest.quota["imaging"]
}

moved {
  from = module.team[0].kubectl_manifest.trainer
  to   = kubectl_manifest.trainer["imaging"]
}

moved {
  from = module.team[0].kubectl_manifest.role
  to   = kubectl_manifest.role["imaging"]
}

moved {
  from = module.team[0].kubectl_manifest.binding
  to   = kubectl_manifest.binding["imaging"]
}

moved {
  from = module.team[0].kubectl_manifest.checkpoints
  to   = kubectl_manifest.checkpoints["imaging"]
}

moved {
  from = module.team[0].kubectl_manifest.registry_pull
  to   = kubectl_manifest.registry_pull["imaging"]
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
  to   = kubectl_manifest.namespace["recommender"]
}

moved {
  from = module.team[2].kubectl_manifest.quota
  to   = kubectl_manifest.quota["recommender"]
}

moved {
  from = module.team[2].kubectl_manifest.trainer
  to   = kubectl_manifest.trainer["recommender"]
}

moved {
  from = module.team[2].kubectl_manifest.role
  to   = kubectl_manifest.role["recommender"]
}

moved {
  from = module.team[2].kubectl_manifest.binding
  to   = kubectl_manifest.binding["recommender"]
}

moved {
  from = module.team[2].kubectl_manifest.checkpoints
  to   = kubectl_manifest.checkpoints["recommender"]
}

moved {
  from = module.team[2].kubectl_manifest.registry_pull
  to   = kubectl_manifest.registry_pull["recommender"]
}
