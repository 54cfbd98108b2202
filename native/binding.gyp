{
  "targets": [
    {
      "target_name": "claviger",
      "sources": ["addon.c", "pkey.c"],
      "cflags": ["-std=c11", "-Wall", "-Wextra", "-Werror", "-fstack-protector-strong", "-D_GNU_SOURCE"],
      "defines": ["NAPI_VERSION=8"],
      "libraries": ["-ldl"],
    }
  ]
}
