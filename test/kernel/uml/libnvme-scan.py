"""What Debian's libnvme finds on the system bus: one line of JSON for each endpoint."""

import ctypes
import json
import os
import sys

lib = ctypes.CDLL("libnvme-mi.so.1", use_errno=True)
for name in ("nvme_mi_scan_mctp", "nvme_mi_first_endpoint", "nvme_mi_next_endpoint", "nvme_mi_first_ctrl"):
    getattr(lib, name).restype = ctypes.c_void_p
lib.nvme_mi_first_endpoint.argtypes = [ctypes.c_void_p]
lib.nvme_mi_next_endpoint.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
lib.nvme_mi_endpoint_desc.argtypes = [ctypes.c_void_p]
lib.nvme_mi_endpoint_desc.restype = ctypes.c_void_p
lib.nvme_mi_scan_ep.argtypes = [ctypes.c_void_p, ctypes.c_bool]
lib.nvme_mi_first_ctrl.argtypes = [ctypes.c_void_p]
lib.nvme_mi_free_root.argtypes = [ctypes.c_void_p]

root = lib.nvme_mi_scan_mctp()
if not root:
    sys.exit(f"the scan failed: {os.strerror(ctypes.get_errno())}")
endpoint = lib.nvme_mi_first_endpoint(root)
while endpoint:
    description = ctypes.string_at(lib.nvme_mi_endpoint_desc(endpoint)).decode()
    scanned = lib.nvme_mi_scan_ep(endpoint, True)
    has_controller = bool(lib.nvme_mi_first_ctrl(endpoint))
    print(json.dumps({"endpoint": description, "scan": scanned, "controller": has_controller}))
    endpoint = lib.nvme_mi_next_endpoint(root, endpoint)
lib.nvme_mi_free_root(root)
