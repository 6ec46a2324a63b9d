"""The images of the control plane, kube-proxy, kube-router, the volume provisioner, CoreDNS and pause, with shared layers."""

import re
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path

from harness.build import gobuild
from harness.core import artifacts, process, versions
from harness.core.progress import Progress
from harness.nodeimage import base, binaries
from harness.nodeimage.archive import Image, Layer, add_file, add_link, write, write_layer

BIN = "usr/local/bin"
PATH = [f"PATH=/{BIN}:/usr/sbin:/usr/bin:/sbin:/bin"]
CONTROL_PLANE = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
IPTABLES = ("iptables", "iptables-save", "iptables-restore")
# What kube-proxy calls: iptables in both dialects with its extensions, and a shell for our chooser.
PROXY_FILES = re.compile(
    r"\./((bin|lib|lib64|sbin)$"
    r"|usr/bin/(dash|sh)$"
    r"|usr/sbin/xtables-(legacy|nft)-multi$"
    r"|usr/(lib64|lib|lib/[^/]+)/ld-linux[^/]*$"
    r"|usr/lib/[^/]+/(libc|libm|libip[46]tc|libmnl|libnf[^/]*|libnetfilter_conntrack|libxtables)\.so[^/]*$"
    r"|usr/lib/[^/]+/xtables/)"
)
# What kube-router calls besides, with the libraries of these programs.
ROUTER_FILES = re.compile(
    r"\./(usr/bin/(cat|ip|kmod)|usr/sbin/(ip|ipset|modprobe)|etc/iproute2/.*)$"
    r"|\./usr/lib/[^/]+/(libbpf|libbsd|libcap|libcrypto|libelf[-.0-9]*|libipset|liblzma|libmd|libselinux|libpcre2-8|libz|libzstd)\.so[^/]*$"
)

# What makes and removes a claim's folder, besides the shell that kube-proxy has.
VOLUME_FILES = re.compile(r"\./usr/bin/(mkdir|rm)$|\./usr/lib/[^/]+/lib(selinux|pcre2-8)\.so[^/]*$")


def names(progress: Progress) -> Mapping[str, str]:
    """Return the full name of each component's image as kubeadm asks for it, by its last path element.

    Raises: ProcessError when kubeadm cannot list them.
    """
    with tempfile.TemporaryDirectory(prefix="breakfix-") as folder:
        kubeadm = Path(folder) / "kubeadm"
        kubeadm.symlink_to(binaries.kubernetes(progress))
        version = f"--kubernetes-version=v{versions.KUBERNETES}"
        listed = process.run([kubeadm, "config", "images", "list", version], timeout=60).split()
    return {name.rsplit("/", 1)[-1].split(":")[0]: name for name in listed if ":" in name}


def archive(progress: Progress) -> Path:
    """Return the archive with all component images, made once."""

    def build(path: Path) -> None:
        progress("writing the component images")
        with artifacts.scratch(path.with_name(f"{path.name}.work")) as folder:
            write(path, _images(folder, progress))

    programs = [
        *binaries.etcd.inputs,
        *binaries.coredns.inputs,
        *binaries.kube_router.inputs,
        *binaries.local_path.inputs,
        *gobuild.contents(binaries.HERE / "pause"),
    ]
    kubernetes = binaries.kubernetes(progress).name
    inputs = [base.RECIPE, kubernetes, base.rootfs(progress).name, *programs, *gobuild.contents(base.FILES)]
    return artifacts.made("component-images.tar", inputs, build)


def _images(folder: Path, progress: Progress) -> list[Image]:
    full = names(progress)
    shared = write_layer(folder / "kubernetes", lambda tar: _add_kubernetes(tar, progress))
    rootfs = base.rootfs(progress)
    proxy = write_layer(folder / "proxy", lambda tar: _add_iptables(tar, rootfs))
    router = write_layer(folder / "router", lambda tar: _add_kube_router(tar, rootfs, progress))
    volumes = write_layer(folder / "volumes", lambda tar: _add_provisioner(tar, rootfs, progress))
    environment = {"Env": PATH}
    etcd = _single(folder, f"{BIN}/etcd", gobuild.compiled(binaries.etcd, progress) / "etcd")
    coredns = _single(folder, "coredns", gobuild.compiled(binaries.coredns, progress) / "coredns")
    pause = _single(folder, "pause", binaries.pause(progress))
    return [
        *(Image(full[name], [shared], environment) for name in CONTROL_PLANE),
        Image(full["kube-proxy"], [shared, proxy], environment),
        Image(base.KUBE_ROUTER, [proxy, router], {**environment, "Entrypoint": ["kube-router"]}),
        Image(base.LOCAL_PATH, [proxy, volumes], environment),
        Image(full["etcd"], [etcd], environment),
        Image(full["coredns"], [coredns], {"Entrypoint": ["/coredns"], "WorkingDir": "/"}),
        Image(full["pause"], [pause], {"Entrypoint": ["/pause"]}),
    ]


def _single(folder: Path, name: str, binary: Path) -> Layer:
    return write_layer(folder / binary.name, lambda tar: add_file(tar, name, binary, 0o755))


def _add_kubernetes(tar: tarfile.TarFile, progress: Progress) -> None:
    add_file(tar, f"{BIN}/kubernetes", binaries.kubernetes(progress), 0o755)
    for name in (*CONTROL_PLANE, "kube-proxy"):
        add_link(tar, f"{BIN}/{name}", "kubernetes")


def _add_kube_router(tar: tarfile.TarFile, rootfs: Path, progress: Progress) -> None:
    _add_matching(tar, rootfs, ROUTER_FILES)
    binary = gobuild.compiled(binaries.kube_router, progress) / "kube-router"
    add_file(tar, f"{BIN}/kube-router-binary", binary, 0o755)
    add_file(tar, f"{BIN}/kube-router", base.FILES / "kube-router", 0o755)


def _add_provisioner(tar: tarfile.TarFile, rootfs: Path, progress: Progress) -> None:
    _add_matching(tar, rootfs, VOLUME_FILES)
    binary = gobuild.compiled(binaries.local_path, progress) / "local-path-provisioner"
    add_file(tar, f"{BIN}/local-path-provisioner", binary, 0o755)


def _add_matching(tar: tarfile.TarFile, rootfs: Path, wanted: re.Pattern[str]) -> None:
    """Copy the files of the Debian system whose paths match."""
    with tarfile.open(rootfs) as source:
        for member in source:
            if wanted.match(member.name):
                member.mtime = 0
                tar.addfile(member, source.extractfile(member) if member.isreg() else None)


def _add_iptables(tar: tarfile.TarFile, rootfs: Path) -> None:
    _add_matching(tar, rootfs, PROXY_FILES)
    add_file(tar, "usr/local/sbin/iptables", base.FILES / "iptables", 0o755)
    for name in IPTABLES:
        for family in ("", "6"):
            add_link(tar, f"{BIN}/{name.replace('iptables', f'ip{family}tables')}", "../sbin/iptables")
