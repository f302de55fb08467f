// Contract: `finish` wants every label that is jumped to bound, and leaves the buffer to be reset. It appends to the
// text the function's code with each branch in its shortest form, then its constants and jump tables, and
// moves everything that referred to a place in the code.

extension CodeBuffer {
  /// Appends the finished function to `text` and returns its row, which is also added to `text.functions`.
  @discardableResult
  mutating func finish(into text: inout EncodedText) -> EncodedFunction {
    relaxBranches()
    let start = align(&text.bytes, to: 16, from: 0)
    let codeBytes = count - Int(saved[branches.count])
    appendCode(to: &text.bytes, start: start, codeBytes: codeBytes)
    let constantsStart = appendConstants(to: &text.bytes, start: start)
    let tablesStart = appendJumpTables(to: &text.bytes, start: start)

    let firstRelocation = Int32(truncatingIfNeeded: text.relocations.count)
    let firstAddress = Int32(truncatingIfNeeded: text.addresses.count)
    resolveRelocations(
      in: &text, start: start, constants: constantsStart, tables: tablesStart)
    for address in addresses {
      text.addresses.append(
        AddressEntry(position: moved(address.place), source: address.source))
    }
    let firstLanding = Int32(truncatingIfNeeded: text.landings.count)
    for landing in landings {
      text.landings.append(
        LandingEntry(
          returnPosition: moved(landing.place), position: moved(labels[Int(landing.label)])))
    }
    let function = EncodedFunction(
      start: Int32(start), codeBytes: Int32(codeBytes),
      totalBytes: Int32(text.bytes.count - start),
      relocations: firstRelocation..<Int32(truncatingIfNeeded: text.relocations.count),
      addresses: firstAddress..<Int32(truncatingIfNeeded: text.addresses.count),
      landings: firstLanding..<Int32(truncatingIfNeeded: text.landings.count))
    text.functions.append(function)
    return function
  }

  /// Where a place is once the branches have their final sizes.
  @inline(__always)
  private func moved(_ place: Place) -> Int32 {
    place.position - saved[Int(place.branches)]
  }

  // MARK: Relaxation

  /// Picks every branch's size and fills `saved`. Sizes only ever shrink, so a distance computed from an earlier
  /// round is an upper bound and every round leaves correct sizes: the number of rounds is a matter of taste.
  private mutating func relaxBranches() {
    saved.removeAll(keepingCapacity: true)
    saved.append(contentsOf: repeatElement(0, count: branches.count + 1))
    for _ in 0..<3 where !shrinkBranches() { return }
  }

  /// One round. Returns whether a branch shrank.
  private mutating func shrinkBranches() -> Bool {
    var total: Int32 = 0
    var changed = false
    for site in 0..<branches.count {
      let branch = branches[site]
      let target = labels[Int(branch.label)]
      precondition(target.position >= 0, "jump to a label that was never bound")
      let position = branch.position - total
      let before = saved[site + 1]
      saved[site] = total
      let size: UInt8
      if Int(target.branches) > site {
        // Forward: both ends by the last round's savings.
        let end = branch.position + Int32(branch.longSize) - before
        size = branch.sizeFor(forward: moved(target) - end)
      } else {
        size = branch.sizeFor(backward: moved(target) - position)
      }
      if size != branch.size {
        branches[site].size = size
        changed = true
      }
      total += Int32(branch.longSize - size)
    }
    saved[branches.count] = total
    return changed
  }

  // MARK: Output

  /// Copies the code between the branches and writes the branches.
  private func appendCode(
    to output: inout ContiguousArray<UInt8>, start: Int, codeBytes: Int
  ) {
    output.append(contentsOf: repeatElement(0, count: codeBytes + CodeBuffer.slack))
    var from = 0
    var to = start
    for site in 0..<branches.count {
      let branch = branches[site]
      let position = Int(branch.position)
      copy(from: from, size: position - from, into: &output, at: to)
      to += position - from
      from = position + Int(branch.longSize)
      let end = to - start + Int(branch.size)
      let distance = moved(labels[Int(branch.label)]) - Int32(truncatingIfNeeded: end)
      output.storeWord(branch.encoded(distance), at: to)
      to += Int(branch.size)
    }
    copy(from: from, size: count - from, into: &output, at: to)
    output.removeLast(CodeBuffer.slack)
  }

  /// Copies whole words: up to 7 bytes too many, which the next copy overwrites or the slack takes.
  @inline(__always)
  private func copy(
    from: Int, size: Int, into output: inout ContiguousArray<UInt8>, at: Int
  ) {
    var done = 0
    while done < size {
      output.storeWord(bytes.word(at: from &+ done), at: at &+ done)
      done &+= 8
    }
  }

  /// Fills with `int3` up to a multiple of `alignment`, counted from `origin`. Returns the aligned end.
  private func align(
    _ output: inout ContiguousArray<UInt8>, to alignment: Int, from origin: Int
  ) -> Int {
    while (output.count - origin) % alignment != 0 { output.append(0xcc) }
    return output.count
  }

  /// Returns the section's offset from the function's start.
  private mutating func appendConstants(
    to output: inout ContiguousArray<UInt8>, start: Int
  ) -> Int32 {
    guard !constants.constants.isEmpty else { return 0 }
    let section = align(&output, to: constants.alignment, from: start)
    let size = constants.layOut()
    output.append(contentsOf: repeatElement(0, count: Int(size) + CodeBuffer.slack))
    for size: UInt8 in [16, 8, 4] {
      // In the order of their offsets, for each store may write beyond its constant.
      for constant in constants.constants where constant.size == size {
        let place = section + Int(constant.offset)
        output.storeWord(constant.low, at: place)
        if size == 16 { output.storeWord(constant.high, at: place + 8) }
      }
    }
    output.removeLast(CodeBuffer.slack)
    return Int32(truncatingIfNeeded: section - start)
  }

  /// Returns the section's offset from the function's start.
  private func appendJumpTables(
    to output: inout ContiguousArray<UInt8>, start: Int
  ) -> Int32 {
    guard !tableEnds.isEmpty else { return 0 }
    let section = align(&output, to: 4, from: start) - start
    var first = 0
    for end in tableEnds {
      let table = Int32(truncatingIfNeeded: section + 4 * first)
      for label in tableLabels[first..<Int(end)] {
        let target = labels[Int(label)]
        precondition(target.position >= 0, "jump table with a label that was never bound")
        let entry = UInt32(bitPattern: moved(target) - table)
        for byte in 0..<4 { output.append(UInt8(truncatingIfNeeded: entry >> UInt32(8 * byte))) }
      }
      first = Int(end)
    }
    return Int32(truncatingIfNeeded: section)
  }

  /// Patches the references inside the function and hands the others to the text.
  private func resolveRelocations(
    in text: inout EncodedText, start: Int, constants constantsStart: Int32, tables: Int32
  ) {
    for pending in relocations {
      var relocation = pending.relocation
      relocation.position = moved(pending.place)
      let offset: Int32
      switch relocation.kind {
      case .function, .dataBlock:
        text.relocations.append(relocation)
        continue
      case .constant:
        offset = constantsStart + constants.constants[Int(relocation.target)].offset
      case .jumpTable:
        offset = tables + 4 * (relocation.target == 0 ? 0 : tableEnds[Int(relocation.target) - 1])
      }
      relocation.patch(&text.bytes, function: start, address: start + Int(offset))
    }
  }
}

extension CodeBuffer.Branch {
  /// Size for a target this far behind the branch's end. A branch to the next instruction disappears.
  fileprivate func sizeFor(forward distance: Int32) -> UInt8 {
    if distance == 0 { return 0 }
    return distance <= 127 ? min(size, CodeBuffer.Branch.shortSize) : size
  }

  /// Size for a target at this (negative or zero) distance from the branch's start.
  fileprivate func sizeFor(backward distance: Int32) -> UInt8 {
    distance - Int32(CodeBuffer.Branch.shortSize) >= -128
      ? CodeBuffer.Branch.shortSize : size
  }

  /// The instruction, with the distance counted from its end.
  fileprivate func encoded(_ distance: Int32) -> UInt64 {
    let isJump = condition == CodeBuffer.Branch.unconditional
    let bits = UInt64(UInt32(bitPattern: distance))
    if size == CodeBuffer.Branch.shortSize {
      return UInt64(isJump ? 0xeb : 0x70 | condition) | (bits & 0xff) << 8
    }
    return isJump ? 0xe9 | bits << 8 : 0x0f | UInt64(0x80 | condition) << 8 | bits << 16
  }
}
