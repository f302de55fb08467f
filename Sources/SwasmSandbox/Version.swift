import SwasmArtifact

/// The program's version.
public enum Version {
  public static let number = "0.1.0"
  /// With the version of compiled artifacts, which have to be of the same.
  public static var text: String {
    "swasm-sandbox \(number) (artifacts: format \(ArtifactFormat.version), \(ArtifactFormat.compilerVersion))"
  }
}
