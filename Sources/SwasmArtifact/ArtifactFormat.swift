/// The shape of an artifact's file.
///
///     header      fixed size, see below
///     code        on a page boundary, so that it can be mapped from the file
///     tables      what is read in place: frame rows, address maps, function names, data segments
///     metadata    everything else, in the order in which ``ArtifactDecoder`` reads it
///
/// Header, little-endian:
///
///     0   magic "\0swasma\n"         8   format version: u32      12  CPU features: u32
///     16  compiler version: 32 bytes, zero padded
///     48  file size: u64             56  code: offset, size       72  tables: offset, size
///     88  metadata: offset, size     104 bounds are checked: 0 or 1, u32     108 zero
public enum ArtifactFormat {
  public static let version: UInt32 = 4
  /// Artifacts of another compiler are refused: change it with every change of generated code.
  public static let compilerVersion = "swasm 0.3.4"
  public static let headerSize = 128
  public static let pageSize = 4096
  /// Bytes of a frame row in the tables: start, end, frame size, saved registers, popped bytes, each u32.
  public static let frameRowSize = 20
  /// Of a landing: return address, target, each u32.
  public static let landingSize = 8

  public static let magic: [UInt8] = [0x00, 0x73, 0x77, 0x61, 0x73, 0x6d, 0x61, 0x0a]
  static let compilerVersionSize = 32

  static func roundedToPage(_ size: Int) -> Int { (size + pageSize - 1) & ~(pageSize - 1) }
}

/// Where a header says that the parts of its file are.
struct ArtifactHeader {
  var fileSize: Int
  var code: Range<Int>
  var tables: Range<Int>
  var metadata: Range<Int>
  var checksBounds: Bool
}
