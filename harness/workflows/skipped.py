"""Workflows as the engine is given them, so that a job that was skipped has no outputs.

act gives the jobs that need a skipped one its outputs as they are written, `${{ steps.x.outputs.y }}` and all; on GitHub
they are empty. Source: GitHub's documentation, "Contexts": a skipped job sets no output.
"""

import re

import yaml

OUTPUT = re.compile(r"(?<![\w.'-])needs\.(?P<job>[A-Za-z_][\w-]*)\.outputs(?:\.[A-Za-z_][\w-]*|\['[\w-]+'\])")
EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
WIDTH = 1 << 20  # no line is folded


def spelled_out(text: str) -> str:
    """Return a workflow in which each output of a needed job is empty where that job was skipped; the text itself without any."""
    if not OUTPUT.search(text):
        return text
    tree = yaml.compose(text, yaml.SafeLoader)
    _rewrite(tree, set())
    return yaml.serialize(tree, Dumper=yaml.SafeDumper, width=WIDTH, allow_unicode=True)


def _rewrite(node: yaml.Node | None, done: set[int]) -> None:
    """Rewrite the expressions below a node; what an anchor shares once."""
    if node is None or id(node) in done:
        return
    done.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(value, yaml.ScalarNode) and key.value == "if" and "${{" not in value.value:
                value.value = _guarded(value.value)
            else:
                _rewrite(value, done)
    elif isinstance(node, yaml.SequenceNode):
        for one in node.value:
            _rewrite(one, done)
    elif isinstance(node, yaml.ScalarNode):
        node.value = EXPRESSION.sub(lambda found: _guarded(found[0]), node.value)


def _guarded(expression: str) -> str:
    return OUTPUT.sub(r"(needs.\g<job>.result != 'skipped' && \g<0> || '')", expression)
