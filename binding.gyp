# The second front end over native/sources.gypi, for those who build with node-gyp; CMakeLists.txt is the first.
{
  "includes": ["native/sources.gypi"],
  "target_defaults": {
    "include_dirs": ["native"],
    "cflags!": ["-O2"],
    "cflags": ["<@(common_cflags)"],
    "cflags_cc!": ["-std=gnu++17", "-std=gnu++20", "-std=c++17"],
    "cflags_cc": ["-std=c++20"],
    "xcode_settings": {
      "CLANG_CXX_LANGUAGE_STANDARD": "c++20",
      "MACOSX_DEPLOYMENT_TARGET": "11.0",
      "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
      "OTHER_CPLUSPLUSFLAGS": ["<@(common_cflags)"]
    },
    "msvs_settings": {
      "VCCLCompilerTool": {"AdditionalOptions": ["/std:c++20", "/fp:precise"]}
    },
    "msvs_disabled_warnings": [4068, 4244, 4267, 4305]
  },
  "targets": [
    {
      "target_name": "kernels_scalar",
      "type": "static_library",
      "sources": ["<@(scalar_sources)"],
      "cflags": ["<@(kernel_cflags)", "<@(scalar_cflags)"]
    },
    {
      "target_name": "hebb_core",
      "type": "static_library",
      "sources": ["<@(core_sources)"],
      "cflags!": ["-fno-exceptions"],
      "cflags_cc!": ["-fno-exceptions", "-fno-rtti"],
      "xcode_settings": {"GCC_ENABLE_CPP_EXCEPTIONS": "YES"},
      "msvs_settings": {"VCCLCompilerTool": {"ExceptionHandling": 1}}
    },
    {
      "target_name": "hebb_compact",
      "type": "static_library",
      "sources": ["<@(compact_sources)"],
      "cflags": ["<@(compact_cflags)"],
      "cflags!": ["-fno-exceptions"],
      "cflags_cc!": ["-fno-exceptions", "-fno-rtti"],
      "xcode_settings": {"GCC_ENABLE_CPP_EXCEPTIONS": "YES"},
      "msvs_settings": {"VCCLCompilerTool": {"ExceptionHandling": 1}}
    },
    {
      "target_name": "hebb_glue",
      "type": "static_library",
      "sources": ["<@(glue_sources)"],
      "cflags": ["<@(glue_cflags)"],
      "cflags!": ["-fno-exceptions"],
      "cflags_cc!": ["-fno-exceptions", "-fno-rtti"],
      "xcode_settings": {"GCC_ENABLE_CPP_EXCEPTIONS": "YES"},
      "msvs_settings": {"VCCLCompilerTool": {"ExceptionHandling": 1}}
    },
    {
      "target_name": "hebb",
      "sources": ["<@(addon_sources)"],
      "cflags": ["<@(glue_cflags)"],
      "dependencies": [
        "hebb_compact",
        "hebb_glue",
        "hebb_core",
        "kernels_scalar",
        "<!(node -p \"require('node-addon-api').targets\"):node_addon_api_except"
      ],
      "defines": ["NAPI_VERSION=8", "NODE_API_NO_EXTERNAL_BUFFERS_ALLOWED", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"],
      "conditions": [
        ["target_arch=='x64'", {"dependencies": ["kernels_avx2", "kernels_avx512", "kernels_avx512bf16", "kernels_avx512vnni"]}],
        ["target_arch=='arm64'", {"dependencies": ["kernels_neon"]}],
        ["OS=='linux'", {
          "variables": {"libc": "<!(node -p \"process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl'\")"},
          "ldflags": ["<@(linux_ldflags)", "-Wl,--version-script=<(module_root_dir)/native/addon/exports.map"],
          "conditions": [["libc=='glibc'", {"ldflags": ["<@(glibc_ldflags)"]}]]
        }]
      ]
    }
  ],
  "conditions": [
    ["target_arch=='x64'", {
      "targets": [
        {
          "target_name": "kernels_avx2",
          "type": "static_library",
          "sources": ["<@(avx2_sources)"],
          "cflags": ["<@(kernel_cflags)", "<@(avx2_cflags)"],
          "xcode_settings": {"OTHER_CPLUSPLUSFLAGS": ["<@(common_cflags)", "<@(kernel_cflags)", "<@(avx2_cflags)"]},
          "msvs_settings": {"VCCLCompilerTool": {"AdditionalOptions": ["/arch:AVX2"]}}
        },
        {
          "target_name": "kernels_avx512",
          "type": "static_library",
          "sources": ["<@(avx512_sources)"],
          "cflags": ["<@(kernel_cflags)", "<@(avx512_cflags)"],
          "xcode_settings": {"OTHER_CPLUSPLUSFLAGS": ["<@(common_cflags)", "<@(kernel_cflags)", "<@(avx512_cflags)"]},
          "msvs_settings": {"VCCLCompilerTool": {"AdditionalOptions": ["/arch:AVX512"]}}
        },
        {
          "target_name": "kernels_avx512bf16",
          "type": "static_library",
          "sources": ["<@(avx512bf16_sources)"],
          "cflags": ["<@(kernel_cflags)", "<@(avx512bf16_cflags)"],
          "xcode_settings": {"OTHER_CPLUSPLUSFLAGS": ["<@(common_cflags)", "<@(kernel_cflags)", "<@(avx512bf16_cflags)"]},
          "msvs_settings": {"VCCLCompilerTool": {"AdditionalOptions": ["/arch:AVX512"]}}
        },
        {
          "target_name": "kernels_avx512vnni",
          "type": "static_library",
          "sources": ["<@(avx512vnni_sources)"],
          "cflags": ["<@(kernel_cflags)", "<@(avx512vnni_cflags)"],
          "xcode_settings": {"OTHER_CPLUSPLUSFLAGS": ["<@(common_cflags)", "<@(kernel_cflags)", "<@(avx512vnni_cflags)"]},
          "msvs_settings": {"VCCLCompilerTool": {"AdditionalOptions": ["/arch:AVX512"]}}
        }
      ]
    }],
    ["target_arch=='arm64'", {
      "targets": [
        {
          "target_name": "kernels_neon",
          "type": "static_library",
          "sources": ["<@(neon_sources)"],
          "cflags": ["<@(kernel_cflags)"]
        }
      ]
    }]
  ]
}
