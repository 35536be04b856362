{ "targets": [ { "target_name": "os_native", "type": "none" } ] }
