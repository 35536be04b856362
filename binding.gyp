{
  "targets": [
    {
      "target_name": "os_native",
      "conditions": [
        ["OS=='linux'", {
          "sources": [
            "src/os/native/os_native.cc",
            "src/os/native/sockets.cc",
            "src/os/native/files.cc",
            "src/os/native/tty.cc",
            "src/os/native/fd_watcher.cc"
          ],
          "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
          "defines": ["NAPI_VERSION=8", "NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS", "NODE_ADDON_API_DISABLE_DEPRECATED"],
          "cflags_cc": ["-std=c++17", "-fno-exceptions", "-Wall", "-Wextra", "-Werror", "-fvisibility=hidden"]
        }, {
          "type": "none"
        }]
      ]
    }
  ]
}
