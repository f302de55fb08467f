import SwasmModule

extension ModuleDecoder {
  mutating func decodeStartSection() throws(DecodeError) {
    let start = reader.position
    module.start = Located(try reader.index(), at: start)
  }
}
