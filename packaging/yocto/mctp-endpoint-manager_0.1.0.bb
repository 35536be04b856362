# UNVERIFIED: written against the documented classes of Yocto 4.0 (kirkstone) and later, but never built. It needs
# meta-oe for nodejs, in version 20 or later. Set SRCREV, and the URI of the repository you build from.
SUMMARY = "MCTP endpoint manager: finds the devices on MCTP buses, assigns EIDs, publishes them on D-Bus"
LICENSE = "Apache-2.0"
LIC_FILES_CHKSUM = "file://LICENSE;md5=3b83ef96387f14655fc854ddc3c6bd57"

MCTP_ENDPOINT_MANAGER_URI ?= "git:///path/to/mctp-endpoint-manager;protocol=file;branch=main"
# npmsw fetches what package-lock.json names; the sources of the development tools (tsc) are among it.
SRC_URI = "${MCTP_ENDPOINT_MANAGER_URI} npmsw://${THISDIR}/../../package-lock.json;dev=1"
SRCREV ?= "${AUTOREV}"
S = "${WORKDIR}/git"

# nodejs-native runs tsc and node-gyp; node-gyp compiles against the headers of the target's nodejs.
DEPENDS = "nodejs nodejs-native python3-native"
RDEPENDS:${PN} = "nodejs dbus"

inherit npm systemd useradd

# The one who takes the name of mctpd cannot be installed beside it.
RCONFLICTS:${PN} = "mctp"

NPM_INSTALL_DEV = "1"

do_compile:prepend() {
    cd ${S} && ${S}/node_modules/.bin/tsc -p tsconfig.build.json
}

USERADD_PACKAGES = "${PN}"
GROUPADD_PARAM:${PN} = "--system mctp; --system mctp-admin; --system dialout; --system i2c"
USERADD_PARAM:${PN} = "--system --gid mctp --groups dialout,i2c --home-dir ${localstatedir}/lib/mctp-endpointd \
    --no-create-home --shell /sbin/nologin mctp"

SYSTEMD_SERVICE:${PN} = "mctp-endpointd.service"

do_install:append() {
    install -D -m 0644 ${S}/packaging/systemd/mctp-endpointd.service ${D}${systemd_system_unitdir}/mctp-endpointd.service
    install -D -m 0644 ${S}/packaging/systemd/mctp-endpointd.socket ${D}${systemd_system_unitdir}/mctp-endpointd.socket
    install -D -m 0644 ${S}/packaging/dbus/mctp-endpointd.conf ${D}${datadir}/dbus-1/system.d/mctp-endpointd.conf
    install -D -m 0644 ${S}/packaging/tmpfiles/mctp-endpointd.conf ${D}${nonarch_libdir}/tmpfiles.d/mctp-endpointd.conf
    install -D -m 0644 ${S}/packaging/completions/mctpctl.bash ${D}${datadir}/bash-completion/completions/mctpctl
    install -D -m 0644 ${S}/docs/man/mctp-endpointd.8 ${D}${mandir}/man8/mctp-endpointd.8
    install -D -m 0644 ${S}/docs/man/mctpctl.1 ${D}${mandir}/man1/mctpctl.1
    install -D -m 0644 ${S}/docs/man/mctp-endpointd.toml.5 ${D}${mandir}/man5/mctp-endpointd.toml.5
}

FILES:${PN} += "${systemd_system_unitdir} ${datadir}/dbus-1 ${datadir}/bash-completion ${nonarch_libdir}/tmpfiles.d"
