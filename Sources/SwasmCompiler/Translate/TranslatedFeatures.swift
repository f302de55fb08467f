import SwasmModule
import SwasmValidator

extension Features {
  /// What the compiler and the runtime have. Modules that use anything else are valid, but not compiled.
  static let translated: Features = [
    .mutableGlobals, .signExtension, .saturatingConversions, .multiValue, .referenceTypes,
    .bulkMemory, .extendedConstants, .moduleLinking, .branchHints, .tailCalls, .exceptions,
    .legacyExceptions, .functionReferences, .multiMemory, .memory64, .customPageSizes,
    .wideArithmetic, .simd, .relaxedSIMD, .compactImports, .threads,
  ]
}

extension ValidatedModule {
  /// What the module uses outside bodies that is not translated.
  var untranslated: ValidationError? {
    use.first(notIn: .translated).map { use in
      let missing = use.feature.subtracting(.translated)
      return ValidationError(.unsupported(missing, what: "outside bodies"), at: use.offset)
    }
  }
}
