// swift-tools-version: 6.2
// The targets in the order in which the data goes; docs/design.md is the map.
import PackageDescription

let common: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]
/// Targets that never touch raw memory: the compiler checks that they don't.
let pure: [SwiftSetting] = common + [.strictMemorySafety()]

let package = Package(
  name: "swasm-sandbox",
  products: [
    .executable(name: "swasm-sandbox", targets: ["swasm-sandbox"]),
    .library(name: "SwasmSandbox", targets: ["SwasmSandbox"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    .target(name: "SwasmModule", swiftSettings: pure),
    .target(name: "SwasmText", dependencies: ["SwasmModule"], swiftSettings: pure),
    .target(name: "SwasmDecoder", dependencies: ["SwasmModule"], swiftSettings: pure),
    .target(name: "SwasmLink", dependencies: ["SwasmModule", "SwasmDecoder"], swiftSettings: pure),
    .target(name: "SwasmValidator", dependencies: ["SwasmModule"], swiftSettings: pure),
    .target(name: "SwasmArtifact", dependencies: ["SwasmModule"], swiftSettings: pure),
    .target(
      name: "SwasmCompiler", dependencies: ["SwasmModule", "SwasmValidator", "SwasmArtifact"],
      swiftSettings: pure),
    .target(name: "CSwasm"),
    .systemLibrary(name: "CSeccomp", providers: [.apt(["libseccomp-dev"])]),
    .target(
      name: "SwasmRuntime", dependencies: ["SwasmModule", "SwasmArtifact", "CSwasm"],
      swiftSettings: common),
    .target(
      name: "SwasmWASI", dependencies: ["SwasmModule", "SwasmArtifact", "SwasmRuntime", "CSwasm"],
      swiftSettings: common),
    .target(name: "SwasmLockdown", dependencies: ["CSeccomp", "CSwasm"], swiftSettings: common),
    .target(
      name: "SwasmSandbox",
      dependencies: [
        "SwasmModule", "SwasmText", "SwasmDecoder", "SwasmLink", "SwasmValidator",
        "SwasmCompiler", "SwasmArtifact", "SwasmRuntime", "SwasmWASI", "SwasmLockdown", "CSwasm",
      ],
      swiftSettings: common),
    .executableTarget(
      name: "swasm-sandbox",
      dependencies: [
        "SwasmSandbox", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      exclude: ["sections.ld", "start-order.txt", "FoundationStub.swift"], swiftSettings: common),
    .executableTarget(
      name: "conformance",
      dependencies: [
        "SwasmModule", "SwasmText", "SwasmDecoder", "SwasmValidator", "SwasmArtifact",
        "SwasmCompiler", "SwasmRuntime",
      ],
      path: "Tests/Conformance",
      exclude: [
        "encoding-differences.txt", "expected-failures.txt", "linking-failures.txt",
        "text-failures.txt", "wasi-passing",
      ],
      swiftSettings: common),
    .target(
      name: "DifferentialCases",
      dependencies: [
        "SwasmModule", "SwasmDecoder", "SwasmValidator", "SwasmArtifact", "SwasmCompiler",
        "SwasmRuntime",
      ],
      path: "Tests/DifferentialCases", swiftSettings: common),
    .executableTarget(
      name: "fuzz", dependencies: ["DifferentialCases", "SwasmArtifact", "SwasmCompiler"],
      path: "Tests/Fuzz",
      exclude: [
        "csmith.py", "cxx.py", "exceptions-runtime.cpp", "generate-exceptions.py",
        "generate-vectors.mjs", "generate.mjs", "oracle.mjs", "oracle.py", "random.mjs",
        "relaxed.mjs", "run.py", "vector-operations.mjs", "vectors.mjs",
      ],
      swiftSettings: common),
    .target(name: "ModuleBytes", path: "Tests/ModuleBytes", swiftSettings: common),
    .target(name: "SeededRandom", path: "Tests/SeededRandom", swiftSettings: common),
    .testTarget(
      name: "SwasmDecoderTests", dependencies: ["SwasmModule", "SwasmDecoder", "ModuleBytes"],
      swiftSettings: common),
    .testTarget(
      name: "SwasmLinkTests", dependencies: ["SwasmLink", "SwasmModule", "SwasmText"],
      swiftSettings: common),
    .testTarget(
      name: "SwasmValidatorTests",
      dependencies: ["SwasmModule", "SwasmText", "SwasmDecoder", "SwasmValidator", "ModuleBytes"],
      swiftSettings: common),
    .testTarget(
      name: "SwasmTextTests", dependencies: ["SwasmText", "SwasmModule"], swiftSettings: common),
    .testTarget(
      name: "SwasmCompilerTests",
      dependencies: [
        "SwasmModule", "SwasmText", "SwasmDecoder", "SwasmValidator", "SwasmArtifact",
        "SwasmCompiler", "SwasmRuntime", "ModuleBytes", "SeededRandom", "DifferentialCases",
      ],
      exclude: ["Golden"], swiftSettings: common),
    .executableTarget(name: "older-kernel", path: "Tests/OlderKernel"),
    .target(name: "CLockdownProbe", dependencies: ["CSwasm"], path: "Tests/CLockdownProbe"),
    .testTarget(
      name: "SwasmLockdownTests",
      dependencies: ["SwasmLockdown", "CSwasm", "CLockdownProbe", "SeededRandom"],
      swiftSettings: common),
    .testTarget(
      name: "SwasmArtifactTests", dependencies: ["SwasmArtifact", "SwasmModule"],
      swiftSettings: common),
    .testTarget(
      name: "SwasmRuntimeTests",
      dependencies: ["SwasmRuntime", "SwasmArtifact", "SwasmModule", "CSwasm"],
      exclude: ["fixture.s", "assemble-fixture"],
      swiftSettings: common),
    .testTarget(
      name: "SwasmLinkingTests",
      dependencies: [
        "SwasmModule", "SwasmText", "SwasmDecoder", "SwasmValidator", "SwasmArtifact",
        "SwasmCompiler", "SwasmRuntime", "ModuleBytes",
      ],
      exclude: ["Cases"], swiftSettings: common),
    .testTarget(
      name: "SwasmSandboxTests",
      dependencies: [
        "SwasmSandbox", "swasm-sandbox", "SwasmArtifact", "SwasmLockdown", "SwasmModule",
        "SwasmRuntime", "SwasmWASI", "CSwasm", "SeededRandom", "older-kernel",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], exclude: ["Scripts", "messages.txt"], swiftSettings: common),
    .testTarget(
      name: "SwasmWASITests",
      dependencies: [
        "SwasmModule", "SwasmArtifact", "SwasmRuntime", "SwasmWASI", "SwasmSandbox",
        "SwasmLockdown", "CSwasm", "SeededRandom",
      ],
      swiftSettings: common),
  ]
)

// `make docs` only: nobody else has to fetch it.
if Context.environment["SWASM_DOCS"] != nil {
  package.dependencies.append(
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"))
}
