"""The node's file system: Debian, kind's own files, and the node's programs."""

import fnmatch
import tarfile
from pathlib import Path

from harness.build import gobuild, kindcli
from harness.build import rootfs as debian
from harness.core import artifacts, versions
from harness.core.progress import Progress
from harness.engine import podman
from harness.nodeimage import binaries
from harness.nodeimage.archive import add_bytes, add_file, add_link

FILES = Path(__file__).parent / "node"
RECIPE = "4"  # raise it when code of this package changes what is on a node, so that it is made again
PACKAGES = (
    *("systemd", "systemd-sysv", "dbus", "runc", "containernetworking-plugins"),
    *("conntrack", "ebtables", "ethtool", "iproute2", "iptables", "kmod", "nftables", "socat"),
    *("curl", "ipset", "jq", "procps"),
)
# kind's images/base/Dockerfile removes the same units: a node needs no udev, getty or tmpfiles.
UNITS = "usr/lib/systemd/system"
REMOVED = (
    f"{UNITS}/sysinit.target.wants/systemd-tmpfiles-setup.service",
    *(f"{UNITS}/{target}.target.wants/*" for target in ("multi-user", "local-fs", "basic")),
    f"{UNITS}/sockets.target.wants/*udev*",
    f"{UNITS}/sockets.target.wants/*initctl*",
    "etc/systemd/system/*.wants/*",
)
CNI = "usr/lib/cni"
CNI_PLUGINS = ("bridge", "host-local", "loopback", "portmap")
KUBE_ROUTER = f"docker.io/breakfix/kube-router:{versions.KUBE_ROUTER}"
LOCAL_PATH = f"docker.io/breakfix/local-path-provisioner:{versions.LOCAL_PATH}"
EXECUTABLE = ("usr/local/bin/", "kind/bin/")


def rootfs(progress: Progress) -> Path:
    """Return the tar of the Debian system a node starts from."""
    return debian.bootstrap(PACKAGES, progress)


def add(tar: tarfile.TarFile, pause: str, progress: Progress) -> None:
    """Write the whole file system of a node into `tar`; `pause` is the full name of the pause image."""
    _add_debian(tar, rootfs(progress))
    _add_kind_files(tar, gobuild.module_folder(kindcli.MODULE, versions.KIND, progress), pause)
    _add_programs(tar, progress)
    add_bytes(tar, "kind/manifests/default-cni.yaml", network().encode())
    add_bytes(tar, "kind/manifests/default-storage.yaml", storage().encode())
    add_bytes(tar, "etc/systemd/journald.conf.d/kind.conf", b"[Journal]\nReadKMsg=no\n")
    add_bytes(tar, "kind/version", f"v{versions.KUBERNETES}".encode())
    folder = tarfile.TarInfo("etc/kubernetes/manifests")
    folder.type, folder.mode = tarfile.DIRTYPE, 0o755
    tar.addfile(folder)


def network() -> str:
    """Return the manifest of the pod network, which kind applies: kube-router, as it enforces NetworkPolicy."""
    return (FILES / "default-cni.yaml").read_text("utf-8").replace("KUBE_ROUTER_IMAGE", KUBE_ROUTER)


def storage() -> str:
    """Return the manifest of the default StorageClass and its provisioner, which kind applies."""
    return (FILES / "default-storage.yaml").read_text("utf-8").replace("LOCAL_PATH_IMAGE", LOCAL_PATH)


def _add_debian(tar: tarfile.TarFile, source: Path) -> None:
    with tarfile.open(source) as debian_tar:
        for member in debian_tar:
            name = placed(member.name.removeprefix("./"))
            if name is None:
                continue
            content = debian_tar.extractfile(member) if member.isreg() else None
            member.name, member.pax_headers = name, {}
            tar.addfile(member, content)


def placed(name: str) -> str | None:
    """Return where a file of Debian's goes on a node; None where a node does without it."""
    if any(fnmatch.fnmatchcase(name, pattern) for pattern in REMOVED):
        return None
    if name.startswith(f"{CNI}/"):
        plugin = name.removeprefix(f"{CNI}/")
        return f"opt/cni/bin/{plugin}" if plugin in CNI_PLUGINS else None
    return name or "."


def _add_kind_files(tar: tarfile.TarFile, module: Path, pause: str) -> None:
    files = module / "images/base/files"
    for path in sorted(files.rglob("*")):
        name = str(path.relative_to(files))
        if path.is_dir():
            continue
        if name == "etc/containerd/config.toml":
            add_bytes(tar, name, containerd_config(path.read_text(), pause).encode())
        else:
            add_file(tar, name, path, 0o755 if name.startswith(EXECUTABLE) else 0o644)


def containerd_config(text: str, pause: str) -> str:
    """Return kind's containerd configuration with our pause image, fitted to what this machine allows."""
    lines = []
    for line in text.splitlines():
        key = line.split("=")[0].strip()
        indent = line[: len(line) - len(line.lstrip())]
        if key == "sandbox_image":
            lines.append(f'{indent}sandbox_image = "{pause}"')
        elif key == "restrict_oom_score_adj" and is_restricted():
            lines.append(f"{indent}restrict_oom_score_adj = true")
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"


def is_restricted() -> bool:
    """Tell whether containers here may not lower their OOM score, for want of CAP_SYS_RESOURCE."""
    return not podman.may_raise_limits(Path("/proc/self/status").read_text())


def _add_programs(tar: tarfile.TarFile, progress: Progress) -> None:
    add_file(tar, "usr/bin/kubernetes", binaries.kubernetes(progress), 0o755)
    for name in ("kubeadm", "kubectl", "kubelet"):
        add_link(tar, f"usr/bin/{name}", "kubernetes")
    for program in (binaries.containerd, binaries.crictl):
        folder = gobuild.compiled(program, progress)
        for name in program.binaries:
            add_file(tar, f"usr/local/bin/{name}", folder / name, 0o755)


def inputs() -> list[str]:
    """Return what decides the node image's bytes, Debian's current packages aside."""
    programs = (
        kindcli.PROGRAM,
        binaries.containerd,
        binaries.crictl,
        binaries.etcd,
        binaries.coredns,
        binaries.kube_router,
        binaries.local_path,
    )
    folders = (FILES, Path(__file__).parent / "kubernetes", Path(__file__).parent / "pause")
    return [
        *(RECIPE, debian.SUITE, debian.LAYOUT, f"restricted={is_restricted()}"),
        *(versions.KUBERNETES, versions.ETCD_IMAGE_TAG, versions.PAUSE),
        *(*PACKAGES, *REMOVED, *CNI_PLUGINS),
        *(line for program in programs for line in program.inputs),
        *(artifacts.digest(gobuild.contents(folder)) for folder in folders),
    ]
