import Testing

@testable import SwasmCompiler

/// Text and bytes side by side: what needs no disassembler to be checked.
struct GoldenEncodings {
  @Test func everyLineIsEncodedAndPrinted() {
    let lines = GoldenEncodings.table.split(separator: "\n").map(String.init)
    #expect(lines.count >= 150)
    var unseen = Set(lines)
    #expect(unseen.count == lines.count)
    let codes = Set(lines.map { $0.split(separator: " ").last.map(String.init) ?? "" })
    let printer = Printer(frame: EncoderRows.frame)
    var encoder = Encoder()
    for row in EncoderRows.all {
      encoder.buffer.reset()
      encoder.encode(row, frame: EncoderRows.frame)
      let code = GoldenEncodings.hex(encoder.buffer)
      guard codes.contains(code) else { continue }
      unseen.remove("\(row.op) \(row.form) \(row.width) | \(printer.text(row)) | \(code)")
    }
    #expect(unseen.isEmpty)
  }

  @Test func trapsCarryTheirPayload() {
    for (width, code): (UInt8, String) in [
      (0, "0f0b"), (1, "0f0b78"), (2, "0f0b7856"), (4, "0f0b78563412"),
    ] {
      var encoder = Encoder()
      encoder.encode(
        MachineInstruction(.ud2, .none, width: width, immediate: 0x1234_5678), frame: .empty)
      #expect(GoldenEncodings.hex(encoder.buffer) == code)
    }
  }

  @Test func markersHaveNoCode() {
    for op: MachineOperation in [.entry, .nop] {
      #expect(EncoderRows.encode(MachineInstruction(op, .none)).isEmpty)
    }
  }

  private static func hex(_ buffer: borrowing CodeBuffer) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for position in 0..<buffer.count {
      let byte = buffer.bytes[position]
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Operation, form, width │ text │ bytes. Distances of rip-relative operands are zero.
  private static let table = """
    add tr 4 | add ecx, eax | 03c8
    add tm 1 | add r15b, BYTE PTR [rbp+rax*4-0x8] | 44027c85f8
    add ti 1 | add sil, 0x1 | 4080c601
    add mr 1 | add BYTE PTR [rax+rcx*8], al | 0004c8
    add mr 4 | add DWORD PTR gs:[r13+0x7fffffff], eax | 65410185ffffff7f
    add mi 1 | add BYTE PTR [rbp+0x0], 0xff | 804500ff
    add mi 4 | add DWORD PTR [rsp+0x12345678], 0x0 | 8384247856341200
    sub tr 2 | sub r15w, di | 66442bff
    sub tm 2 | sub cx, WORD PTR [rax+rcx*4+0x1000] | 662b8c8800100000
    sub ti 1 | sub bpl, 0xfb | 4080edfb
    sub ti 4 | sub r15d, 0xfffffffb | 4183effb
    sub mr 8 | sub QWORD PTR [rbp*8+0x40], r15 | 4c293ced40000000
    sub mi 2 | sub WORD PTR [rsp+rbp*1+0x1000], 0x0 | 6683ac2c0010000000
    and tr 8 | and rdi, rcx | 4823f9
    and tr 2 | and cx, di | 6623cf
    and tm 1 | and dil, BYTE PTR [rbp+0x12345678] | 4022bd78563412
    and ti 8 | and rcx, 0xffffffffffffff80 | 4883e180
    and ti 1 | and dil, 0x7f | 4080e77f
    and mr 4 | and DWORD PTR [rax*8+0x0], eax | 2104c500000000
    and mi 1 | and BYTE PTR [rsp+rcx*1-0x8], 0x7f | 80640cf87f
    and mi 8 | and QWORD PTR [rbp+0x80], 0xffffffffffffff7f | 4881a5800000007fffffff
    or tr 1 | or r12b, dil | 440ae7
    or tm 4 | or eax, DWORD PTR [r13+r12*4+0x0] | 430b44a500
    or tm 1 | or al, BYTE PTR [r8+0x12345678] | 410a8078563412
    or ti 8 | or rdi, 0x1 | 4883cf01
    or ti 1 | or sil, 0xff | 4080ceff
    or mr 8 | or QWORD PTR [rax*8+0x0], rax | 480904c500000000
    or mi 8 | or QWORD PTR [r12+0x12345678], 0xffffffffffffff7f | 49818c24785634127fffffff
    or mi 4 | or DWORD PTR [r12*4+0x40], 0x7fff | 42810ca540000000ff7f0000
    xor tr 4 | xor r8d, r8d | 4533c0
    xor tr 8 | xor r11, rcx | 4c33d9
    xor tm 2 | xor ax, WORD PTR [r13-0x80] | 6641334580
    xor ti 1 | xor spl, 0x78 | 4080f478
    xor ti 2 | xor ax, 0x1 | 6683f001
    xor mr 2 | xor WORD PTR ds:0xfffffffffffffff8, ax | 66310425f8ffffff
    xor mr 8 | xor QWORD PTR [r12-0x80], rax | 4931442480
    xor mi 1 | xor BYTE PTR [r13+0x40], 0x1 | 4180754001
    cmp rr 8 | cmp r11, rdi | 4c3bdf
    cmp ri 2 | cmp r8w, 0xffff | 664183f8ff
    cmp ri 8 | cmp rbx, 0x5 | 4883fb05
    cmp rm 1 | cmp al, BYTE PTR [r8+0x8] | 413a4008
    cmp mr 1 | cmp BYTE PTR [data+24], al | 380500000000
    cmp mr 8 | cmp QWORD PTR [r8+0x12345678], rcx | 49398878563412
    cmp mi 4 | cmp DWORD PTR [rsp+rcx*1-0x8], 0x80000000 | 817c0cf800000080
    cmp mi 2 | cmp WORD PTR [rax+rax*1+0x40], 0x80 | 66817c00408000
    test rr 8 | test rcx, r12 | 4c85e1
    test rr 2 | test r8w, sp | 664185e0
    test ri 4 | test esp, 0x7f | f7c47f000000
    test ri 2 | test bp, 0xfffb | 66f7c5fbff
    test mr 4 | test DWORD PTR gs:[r13+0x7fffffff], r15d | 654585bdffffff7f
    test mi 4 | test DWORD PTR [rsp+rbp*4], 0x80000000 | f704ac00000080
    test mi 8 | test QWORD PTR [r15], 0xffffffffffffff80 | 49f70780ffffff
    imul tr 4 | imul r13d, r11d | 450fafeb
    imul tm 8 | imul r8, QWORD PTR [rbp+rax*1+0x1000] | 4c0faf840500100000
    imul tm 2 | imul r8w, WORD PTR [rax+rcx*2-0x8] | 66440faf4448f8
    imul dri 2 | imul r8w, r8w, 0x0 | 66456bc000
    imul dri 8 | imul rax, r8, 0xffffffff80000000 | 4969c000000080
    imul dmi 4 | imul esp, DWORD PTR [rax+rcx*4+0x1000], 0xffffff80 | 6ba4880010000080
    neg t 8 | neg rsi | 48f7de
    neg m 2 | neg WORD PTR [rax+rcx*2-0x8] | 66f75c48f8
    not t 1 | not sil | 40f6d6
    not t 2 | not cx | 66f7d1
    not m 1 | not BYTE PTR [rax+rcx*2] | f61448
    mov dr 8 | mov r11, rsi | 4c8bde
    mov dr 4 | mov ecx, r12d | 418bcc
    mov dm 4 | mov eax, DWORD PTR [rsp+0x8] | 8b442408
    mov di 8 | mov r13d, 0x1 | 41bd01000000
    mov mr 2 | mov WORD PTR [rax+0x12345678], ax | 66898078563412
    mov mi 1 | mov BYTE PTR [r12+0x12345678], 0x80 | 41c684247856341280
    movabs di 8 | mov rbp, 0xffffffffffffff7f | 48c7c57fffffff
    movzx dr 2 | movzx edi, r15w | 410fb7ff
    movzx dr 1 | movzx r11d, r15b | 450fb6df
    movzx dm 1 | movzx eax, BYTE PTR [r13+r12*4+0x0] | 430fb644a500
    movzx dm 2 | movzx ecx, WORD PTR [rbp*8+0x40] | 0fb70ced40000000
    movsx64 dr 4 | movsxd r13, r11d | 4d63eb
    movsx64 dr 2 | movsx rsp, bx | 480fbfe3
    movsx64 dm 4 | movsxd rsi, DWORD PTR [r12*8+0x0] | 4a6334e500000000
    movsx64 dm 1 | movsx rax, BYTE PTR [rax+0x8] | 480fbe4008
    movsx32 dr 1 | movsx ebx, dil | 400fbedf
    movsx32 dr 4 | mov edi, r15d | 418bff
    movsx32 dm 4 | mov eax, DWORD PTR [r8+0x7f] | 418b407f
    movsx32 dm 2 | movsx eax, WORD PTR [rbp-0x80] | 0fbf4580
    lea dm 4 | lea r8d, [r8+0x7f] | 458d407f
    lea dm 8 | lea rax, [r12+r15*4-0x8] | 4b8d44bcf8
    shl t 1 | shl r12b, cl | 41d2e4
    shl ti 2 | shl r11w, 1 | 6641d1e3
    shl ti 4 | shl r8d, 0x7 | 41c1e007
    shl m 2 | shl WORD PTR [rsp+rbp*4], cl | 66d324ac
    shl m 4 | shl DWORD PTR [rax+rcx*2], cl | d32448
    shl mi 8 | shl QWORD PTR [r13+rbp*2-0x8], 1 | 49d1646df8
    shl mi 1 | shl BYTE PTR [rdi], 0x7 | c02707
    shr t 2 | shr r13w, cl | 6641d3ed
    shr t 8 | shr rcx, cl | 48d3e9
    shr ti 2 | shr si, 0x7 | 66c1ee07
    shr ti 4 | shr ebx, 1 | d1eb
    shr m 8 | shr QWORD PTR [r8], cl | 49d328
    shr mi 2 | shr WORD PTR [r13+0x12345678], 1 | 6641d1ad78563412
    shr mi 4 | shr DWORD PTR [rbp*8+0x40], 0x7 | c12ced4000000007
    sar t 8 | sar rsi, cl | 48d3fe
    sar t 2 | sar r15w, cl | 6641d3ff
    sar ti 4 | sar r8d, 1 | 41d1f8
    sar m 8 | sar QWORD PTR [rbp+rax*2+0x0], cl | 48d37c4500
    sar mi 1 | sar BYTE PTR [r8-0x80], 0x7 | 41c0788007
    sar mi 8 | sar QWORD PTR [rsp+rbp*8], 0x7 | 48c13cec07
    rol t 1 | rol bl, cl | d2c3
    rol t 8 | rol r13, cl | 49d3c5
    rol ti 4 | rol r11d, 1 | 41d1c3
    rol m 4 | rol DWORD PTR [r15+0x80], cl | 41d38780000000
    rol m 1 | rol BYTE PTR [rdi], cl | d207
    rol mi 4 | rol DWORD PTR [rsp+rbp*4], 0x7 | c104ac07
    ror t 1 | ror r8b, cl | 41d2c8
    ror ti 8 | ror rax, 0x7 | 48c1c807
    ror m 1 | ror BYTE PTR [r15+0x80], cl | 41d28f80000000
    ror m 8 | ror QWORD PTR [rbp+rax*4-0x8], cl | 48d34c85f8
    ror mi 4 | ror DWORD PTR [rbp+rax*1+0x1000], 1 | d18c0500100000
    ror mi 8 | ror QWORD PTR [r15+0x7f], 0x7 | 49c14f7f07
    shlx drr 8 | shlx rsi, rbx, rbp | c4e2d1f7f3
    shlx dmr 4 | shlx r12d, DWORD PTR [rax*4+0x40], eax | c46279f7248540000000
    shlx dmr 8 | shlx r11, QWORD PTR [r15+0x12345678], r11 | c442a1f79f78563412
    shrx drr 8 | shrx rdi, r12, rdi | c4c2c3f7fc
    shrx dmr 8 | shrx rcx, QWORD PTR [rsp+0x7f], rdi | c4e2c3f74c247f
    shrx dmr 4 | shrx edi, DWORD PTR [r13+rbp*1+0x0], r8d | c4c23bf77c2d00
    sarx drr 4 | sarx esi, ecx, esi | c4e24af7f1
    sarx dmr 4 | sarx ebp, DWORD PTR gs:0x10, r13d | 65c4e212f72c2510000000
    sarx dmr 8 | sarx rsi, QWORD PTR [r12+r15*2], rsp | c482daf7347c
    rorx dri 4 | rorx esi, r11d, 0x7 | c4c37bf0f307
    rorx dri 8 | rorx rsi, r8, 0x1 | c4c3fbf0f001
    rorx dmi 8 | rorx rax, QWORD PTR [r12*4+0x40], 0x1 | c4a3fbf004a54000000001
    andn drr 8 | andn rax, r11, rax | c4e2a0f2c0
    andn drr 4 | andn ecx, esi, r12d | c4c248f2cc
    andn drm 8 | andn rsp, rcx, QWORD PTR [rsp+0x80] | c4e2f0f2a42480000000
    blsi dr 4 | blsi esp, eax | c4e258f3d8
    blsi dm 8 | blsi rcx, QWORD PTR [rsp+0x12345678] | c4e2f0f39c2478563412
    blsi dm 4 | blsi eax, DWORD PTR gs:[r13+0x7fffffff] | 65c4c278f39dffffff7f
    blsr dr 4 | blsr r13d, edi | c4e210f3cf
    blsr dm 4 | blsr r8d, DWORD PTR [r13+r12*8+0x1000] | c48238f38ce500100000
    lzcnt dr 4 | lzcnt eax, r13d | f3410fbdc5
    lzcnt dm 4 | lzcnt eax, DWORD PTR [r12*8+0x0] | f3420fbd04e500000000
    lzcnt dm 8 | lzcnt rax, QWORD PTR [rax+0x80] | f3480fbd8080000000
    tzcnt dr 4 | tzcnt r12d, r11d | f3450fbce3
    tzcnt dm 4 | tzcnt eax, DWORD PTR [rsp+rcx*1-0x8] | f30fbc440cf8
    popcnt dr 8 | popcnt rbp, rbp | f3480fb8ed
    popcnt dr 4 | popcnt r12d, r12d | f3450fb8e4
    popcnt dm 8 | popcnt r15, QWORD PTR [rsp+rbp*1-0x8] | f34c0fb87c2cf8
    bsr dr 4 | bsr esp, ecx | 0fbde1
    bsr dr 8 | bsr rdi, rsi | 480fbdfe
    bsf dr 4 | bsf r13d, ebp | 440fbced
    bsf dr 8 | bsf rbx, rcx | 480fbcd9
    bt rr 4 | bt r15d, eax | 410fa3c7
    bt ri 8 | bt r11, 0x7 | 490fbae307
    setcc d 1 | setg r8b | 410f9fc0
    setcc d 1 | sets al | 0f98c0
    setcc d 1 | setns cl | 0f99c1
    setcc d 1 | setp bl | 0f9ac3
    setcc d 1 | setnp spl | 400f9bc4
    setcc d 1 | setl bpl | 400f9cc5
    setcc d 1 | setge sil | 400f9dc6
    setcc d 1 | setle dil | 400f9ec7
    setcc d 1 | seto r11b | 410f90c3
    setcc d 1 | setno r12b | 410f91c4
    setcc d 1 | setb r13b | 410f92c5
    setcc d 1 | setae r15b | 410f93c7
    cmovcc tr 4 | cmova r11d, esp | 440f47dc
    cmovcc tm 4 | cmovp eax, DWORD PTR [r9+r9*1+0x40] | 430f4a440940
    cmovcc tm 8 | cmove rax, QWORD PTR [r13+r12*4+0x1000] | 4b0f4484a500100000
    cdq none 4 | cdq | 99
    cdq none 8 | cqo | 4899
    div r 8 | div r8 | 49f7f0
    div r 4 | div edi | f7f7
    idiv r 8 | idiv rdi | 48f7ff
    idiv r 4 | idiv esi | f7fe
    mul r 4 | mul edi | f7e7
    mul r 8 | mul rsp | 48f7e4
    mul m 4 | mul DWORD PTR [rbp+0x80] | f7a580000000
    imulHigh r 4 | imul ebp | f7ed
    imulHigh m 4 | imul DWORD PTR [rbp+rax*1-0x8] | f76c05f8
    imulHigh m 8 | imul QWORD PTR [r13-0x80] | 49f76d80
    push r 8 | push rdi | 57
    push m 8 | push QWORD PTR [r13+r12*8+0x1000] | 43ffb4e500100000
    pop d 8 | pop r13 | 415d
    pop m 8 | pop QWORD PTR [r12*8+0x40] | 428f04e540000000
    xchg rr 2 | xchg r11w, r12w | 664587e3
    zero d 4 | xor r11d, r11d | 4533db
    jmpIndirect r 8 | jmp rdi | ffe7
    jmpIndirect m 8 | jmp QWORD PTR [rsp+rbp*2+0x1000] | ffa46c00100000
    callIndirect r 8 | call rsp | ffd4
    callIndirect m 8 | call QWORD PTR [r13+rbp*2-0x8] | 41ff546df8
    ret none 8 | ret | c3
    ud2 none 0 | ud2 | 0f0b
    movf dr 16 | movaps xmm7, xmm0 | 0f28f8
    movf dr 4 | movaps xmm7, xmm15 | 410f28ff
    movf dm 8 | movsd xmm0, QWORD PTR [rsp+rbp*1+0x1000] | f20f10842c00100000
    movf mr 16 | movups XMMWORD PTR [r13+r12*8-0x8], xmm0 | 430f1144e5f8
    movf mr 4 | movss DWORD PTR [r13*4+0x40], xmm0 | f3420f1104ad40000000
    movdToVector dr 4 | movd xmm7, ebx | 660f6efb
    movdToVector dm 4 | movd xmm0, DWORD PTR [rbp+0x7f] | 660f6e457f
    movdToVector dm 8 | movq xmm0, QWORD PTR [r13*8+0x0] | f3420f7e04ed00000000
    movdToVector mr 8 | mov QWORD PTR [r9*4+0x40], rax | 4a89048d40000000
    movdToVector mr 4 | mov DWORD PTR [rbp+rax*2+0x0], r12d | 4489644500
    movdToGeneral dr 4 | movd esp, xmm0 | 660f7ec4
    movdToGeneral dm 8 | mov r11, QWORD PTR [r13+rbp*2+0x1000] | 4d8b9c6d00100000
    movdToGeneral mr 4 | movd DWORD PTR [rsp+rcx*1-0x8], xmm0 | 660f7e440cf8
    movdToGeneral mr 8 | movq QWORD PTR [rax*4+0x40], xmm0 | 660fd6048540000000
    addf drr 4 | vaddss xmm8, xmm1, xmm1 | c57258c1
    addf drr 8 | vaddsd xmm7, xmm15, xmm15 | c4c10358ff
    addf drm 4 | vaddss xmm0, xmm0, DWORD PTR [rbp+rax*2+0x1000] | c5fa58844500100000
    addf tr 8 | addsd xmm0, xmm1 | f20f58c1
    addf tm 4 | addss xmm0, DWORD PTR [rbp+rax*2+0x1000] | f30f58844500100000
    addf tm 8 | addsd xmm0, QWORD PTR [rsp+0x28] | f20f58442428
    subf drr 8 | vsubsd xmm0, xmm8, xmm8 | c4c13b5cc0
    subf drm 4 | vsubss xmm15, xmm1, DWORD PTR [r13+0x40] | c441725c7d40
    subf tr 8 | subsd xmm7, xmm0 | f20f5cf8
    subf tm 8 | subsd xmm0, QWORD PTR [rsp+0x8] | f20f5c442408
    mulf drr 8 | vmulsd xmm8, xmm0, xmm0 | c57b59c0
    mulf drr 4 | vmulss xmm15, xmm0, xmm0 | c57a59f8
    mulf drm 8 | vmulsd xmm1, xmm8, QWORD PTR [r12+r15*4-0x8] | c4813b594cbcf8
    mulf tr 8 | mulsd xmm15, xmm7 | f2440f59ff
    mulf tm 8 | mulsd xmm0, QWORD PTR [rbp+rax*1+0x1000] | f20f59840500100000
    mulf tm 4 | mulss xmm0, DWORD PTR [rbp+rbp*1+0x40] | f30f59442d40
    divf drr 4 | vdivss xmm1, xmm1, xmm1 | c5f25ec9
    divf drm 4 | vdivss xmm0, xmm0, DWORD PTR gs:0x10 | 65c5fa5e042510000000
    divf drm 8 | vdivsd xmm15, xmm8, QWORD PTR [r13+r12*8+0x1000] | c4013b5ebce500100000
    divf tr 8 | divsd xmm8, xmm0 | f2440f5ec0
    divf tr 4 | divss xmm15, xmm1 | f3440f5ef9
    divf tm 4 | divss xmm0, DWORD PTR [rbp+0x8] | f30f5e4508
    minf drr 4 | vminss xmm0, xmm1, xmm1 | c5f25dc1
    minf drm 8 | vminsd xmm0, xmm0, QWORD PTR [r12+r13*1] | c4817b5d042c
    minf drm 4 | vminss xmm0, xmm0, DWORD PTR [r13+r12*8-0x8] | c4817a5d44e5f8
    minf tr 8 | minsd xmm15, xmm8 | f2450f5df8
    minf tm 8 | minsd xmm0, QWORD PTR [rax] | f20f5d00
    maxf drr 8 | vmaxsd xmm0, xmm0, xmm8 | c4c17b5fc0
    maxf drm 4 | vmaxss xmm0, xmm0, DWORD PTR [rsp+0x150] | c5fa5f842450010000
    maxf drm 8 | vmaxsd xmm1, xmm15, QWORD PTR [r8+0x80] | c4c1035f8880000000
    maxf tr 4 | maxss xmm1, xmm1 | f30f5fc9
    maxf tm 4 | maxss xmm0, DWORD PTR [rsp+rcx*1-0x8] | f30f5f440cf8
    sqrtf drr 4 | vsqrtss xmm0, xmm7, xmm1 | c5c251c1
    sqrtf drm 8 | vsqrtsd xmm15, xmm7, QWORD PTR [rax+rcx*8] | c543513cc8
    sqrtf drm 4 | vsqrtss xmm0, xmm0, DWORD PTR [r12+r12*1+0x40] | c4817a51442440
    sqrtf tr 8 | sqrtsd xmm15, xmm7 | f2440f51ff
    sqrtf tm 8 | sqrtsd xmm0, QWORD PTR gs:[eax] | 6567f20f5100
    sqrtf tm 4 | sqrtss xmm0, DWORD PTR [rsp+rcx*8+0x18] | f30f5144cc18
    andf drr 4 | vandps xmm0, xmm8, xmm8 | c4c13854c0
    andf drm 8 | vandpd xmm7, xmm8, XMMWORD PTR [r13+0x7f] | c4c139547d7f
    andf tr 4 | andps xmm15, xmm8 | 450f54f8
    andf tr 8 | andpd xmm15, xmm7 | 66440f54ff
    andf tm 4 | andps xmm0, XMMWORD PTR [rbp+rax*8+0x0] | 0f5444c500
    andf tm 8 | andpd xmm0, XMMWORD PTR gs:[eax] | 6567660f5400
    andnf drr 4 | vandnps xmm1, xmm7, xmm0 | c5c055c8
    andnf drm 4 | vandnps xmm0, xmm1, XMMWORD PTR [rax*8+0x40] | c5f05504c540000000
    andnf tr 4 | andnps xmm0, xmm7 | 0f55c7
    andnf tm 8 | andnpd xmm0, XMMWORD PTR [r12+0x80] | 66410f55842480000000
    orf drr 4 | vorps xmm1, xmm7, xmm15 | c4c14056cf
    orf drm 8 | vorpd xmm0, xmm0, XMMWORD PTR [r9+0x40] | c4c179564140
    orf drm 4 | vorps xmm0, xmm0, XMMWORD PTR [rax*8+0x40] | c5f85604c540000000
    orf tr 4 | orps xmm1, xmm15 | 410f56cf
    orf tr 8 | orpd xmm8, xmm8 | 66450f56c0
    orf tm 4 | orps xmm0, XMMWORD PTR [rsp+rbp*2-0x8] | 0f56446cf8
    xorf drr 4 | vxorps xmm0, xmm8, xmm1 | c5b857c1
    xorf drm 4 | vxorps xmm0, xmm0, XMMWORD PTR [rdi-0x80] | c5f8574780
    xorf drm 8 | vxorpd xmm0, xmm0, XMMWORD PTR [r12+r15*8+0x1000] | c481795784fc00100000
    xorf tr 4 | xorps xmm8, xmm8 | 450f57c0
    xorf tr 8 | xorpd xmm0, xmm7 | 660f57c7
    xorf tm 8 | xorpd xmm0, XMMWORD PTR [rsp+rbp*4] | 660f5704ac
    xorf tm 4 | xorps xmm7, XMMWORD PTR [rsp+rbp*1-0x8] | 0f577c2cf8
    ucomi rr 4 | ucomiss xmm15, xmm7 | 440f2eff
    ucomi rm 4 | ucomiss xmm0, DWORD PTR [rsp+0x12345678] | 0f2e842478563412
    round drri 4 | vroundss xmm7, xmm1, xmm0, 0x8 | c4e3710af808
    round drmi 4 | vroundss xmm0, xmm0, DWORD PTR [rbp+0x80], 0x8 | c4e3790a858000000008
    round drmi 8 | vroundsd xmm8, xmm8, QWORD PTR [rbp+0x7f], 0x8 | c463390b457f08
    round dri 8 | roundsd xmm7, xmm7, 0xb | 660f3a0bff0b
    round dmi 4 | roundss xmm0, DWORD PTR [rsp+rbp*8], 0x9 | 660f3a0a04ec09
    cvtsi2ss drr 8 | vcvtsi2ss xmm1, xmm15, r8 | c4c1822ac8
    cvtsi2ss drm 8 | vcvtsi2ss xmm0, xmm15, QWORD PTR [rsp+rbp*8-0x8] | c4e1822a44ecf8
    cvtsi2ss tr 8 | cvtsi2ss xmm7, rsp | f3480f2afc
    cvtsi2ss tm 4 | cvtsi2ss xmm0, DWORD PTR [r13+r12*8+0x0] | f3430f2a44e500
    cvtsi2ss tm 8 | cvtsi2ss xmm0, QWORD PTR [r13+0x12345678] | f3490f2a8578563412
    cvtsi2sd drr 4 | vcvtsi2sd xmm0, xmm0, r12d | c4c17b2ac4
    cvtsi2sd drm 8 | vcvtsi2sd xmm1, xmm0, QWORD PTR [r13-0x80] | c4c1fb2a4d80
    cvtsi2sd tr 4 | cvtsi2sd xmm7, r12d | f2410f2afc
    cvtsi2sd tr 8 | cvtsi2sd xmm0, rbp | f2480f2ac5
    cvtsi2sd tm 4 | cvtsi2sd xmm0, DWORD PTR [rax+rcx*1+0x1000] | f20f2a840800100000
    cvtsi2sd tm 8 | cvtsi2sd xmm0, QWORD PTR [rsp+0x12345678] | f2480f2a842478563412
    cvtss2sd drr 8 | vcvtss2sd xmm15, xmm7, xmm0 | c5425af8
    cvtss2sd drr 4 | vcvtss2sd xmm15, xmm15, xmm7 | c5025aff
    cvtss2sd drm 4 | vcvtss2sd xmm15, xmm7, DWORD PTR [r12*8+0x0] | c421425a3ce500000000
    cvtss2sd tr 4 | cvtss2sd xmm8, xmm1 | f3440f5ac1
    cvtss2sd tr 8 | cvtss2sd xmm7, xmm1 | f30f5af9
    cvtss2sd tm 4 | cvtss2sd xmm15, DWORD PTR [rbp+rax*8+0x1000] | f3440f5abcc500100000
    cvtss2sd tm 8 | cvtss2sd xmm0, DWORD PTR [rax+rcx*1-0x8] | f30f5a4408f8
    cvtsd2ss drr 4 | vcvtsd2ss xmm7, xmm7, xmm0 | c5c35af8
    cvtsd2ss drm 8 | vcvtsd2ss xmm0, xmm0, QWORD PTR [rsp+0x28] | c5fb5a442428
    cvtsd2ss drm 4 | vcvtsd2ss xmm1, xmm15, QWORD PTR [rax+rcx*8-0x8] | c5835a4cc8f8
    cvtsd2ss tr 8 | cvtsd2ss xmm7, xmm15 | f2410f5aff
    cvtsd2ss tr 4 | cvtsd2ss xmm0, xmm0 | f20f5ac0
    cvtsd2ss tm 8 | cvtsd2ss xmm0, QWORD PTR [rsp+0x150] | f20f5a842450010000
    cvtsd2ss tm 4 | cvtsd2ss xmm0, QWORD PTR [r12+r15*8] | f2430f5a04fc
    cvttss2si dr 4 | cvttss2si eax, xmm15 | f3410f2cc7
    cvttss2si dm 8 | cvttss2si rax, DWORD PTR [rbp+rbp*1+0x40] | f3480f2c442d40
    cvttsd2si dr 4 | cvttsd2si r12d, xmm1 | f2440f2ce1
    cvttsd2si dm 4 | cvttsd2si r13d, QWORD PTR [rsp+rbp*4-0x8] | f2440f2c6cacf8
    cmpf drri 4 | vcmpordss xmm8, xmm1, xmm15 | c44172c2c707
    cmpf drmi 4 | vcmpnless xmm7, xmm8, DWORD PTR [r12+0x12345678] | c4c13ac2bc247856341206
    cmpf drmi 8 | vcmplesd xmm0, xmm0, QWORD PTR [r12+r13*1] | c4817bc2042c02
    cmpf tri 4 | cmpeqss xmm8, xmm15 | f3450fc2c700
    cmpf tmi 8 | cmpunordsd xmm0, QWORD PTR [r12+r15*4+0x1000] | f2430fc284bc0010000003
    cmpf tmi 4 | cmpordss xmm0, DWORD PTR [rbp+0x40] | f30fc2454007
    mov dm 8 | mov rax, QWORD PTR [rax] | 488b00
    mov dm 8 | mov rax, QWORD PTR [rax+0x7f] | 488b407f
    mov dm 8 | mov rax, QWORD PTR [rsp] | 488b0424
    mov dm 8 | mov rax, QWORD PTR [rsp+0x7f] | 488b44247f
    mov dm 8 | mov rax, QWORD PTR [rbp+0x0] | 488b4500
    mov dm 8 | mov rax, QWORD PTR [rbp+0x7f] | 488b457f
    mov dm 8 | mov rax, QWORD PTR [rdi] | 488b07
    mov dm 8 | mov rax, QWORD PTR [rdi+0x7f] | 488b477f
    mov dm 8 | mov rax, QWORD PTR [r8] | 498b00
    mov dm 8 | mov rax, QWORD PTR [r8+0x7f] | 498b407f
    mov dm 8 | mov rax, QWORD PTR [r12] | 498b0424
    mov dm 8 | mov rax, QWORD PTR [r12+0x7f] | 498b44247f
    mov dm 8 | mov rax, QWORD PTR [r13+0x0] | 498b4500
    mov dm 8 | mov rax, QWORD PTR [r13+0x7f] | 498b457f
    mov dm 8 | mov rax, QWORD PTR [r15] | 498b07
    mov dm 8 | mov rax, QWORD PTR [r15+0x7f] | 498b477f
    mov dm 8 | mov rax, QWORD PTR [rax+rcx*1] | 488b0408
    mov dm 8 | mov rax, QWORD PTR [rax+rcx*2] | 488b0448
    mov dm 8 | mov rax, QWORD PTR [rax+rcx*4] | 488b0488
    mov dm 8 | mov rax, QWORD PTR [rax+rcx*8] | 488b04c8
    mov dm 8 | mov rax, QWORD PTR [rsp+rbp*1] | 488b042c
    mov dm 8 | mov rax, QWORD PTR [rsp+rbp*2] | 488b046c
    mov dm 8 | mov rax, QWORD PTR [rsp+rbp*4] | 488b04ac
    mov dm 8 | mov rax, QWORD PTR [rsp+rbp*8] | 488b04ec
    mov dm 8 | mov rax, QWORD PTR [rax+rbp*1] | 488b0428
    mov dm 8 | mov rax, QWORD PTR [rbp+rax*2+0x0] | 488b444500
    mov dm 8 | mov rax, QWORD PTR [rbp+rax*4+0x0] | 488b448500
    mov dm 8 | mov rax, QWORD PTR [rbp+rax*8+0x0] | 488b44c500
    mov dm 8 | mov rax, QWORD PTR [r12+r13*1] | 4b8b042c
    mov dm 8 | mov rax, QWORD PTR [r13+r12*2+0x0] | 4b8b446500
    mov dm 8 | mov rax, QWORD PTR [r13+r12*4+0x0] | 4b8b44a500
    mov dm 8 | mov rax, QWORD PTR [r13+r12*8+0x0] | 4b8b44e500
    mov dm 8 | mov rax, QWORD PTR [r13+rbp*1+0x0] | 498b442d00
    mov dm 8 | mov rax, QWORD PTR [r13+rbp*2+0x0] | 498b446d00
    mov dm 8 | mov rax, QWORD PTR [r13+rbp*4+0x0] | 498b44ad00
    mov dm 8 | mov rax, QWORD PTR [r13+rbp*8+0x0] | 498b44ed00
    mov dm 8 | mov rax, QWORD PTR [r12+r15*1] | 4b8b043c
    mov dm 8 | mov rax, QWORD PTR [r12+r15*2] | 4b8b047c
    mov dm 8 | mov rax, QWORD PTR [r12+r15*4] | 4b8b04bc
    mov dm 8 | mov rax, QWORD PTR [r12+r15*8] | 4b8b04fc
    mov dm 8 | mov rax, QWORD PTR [rsp+rcx*1] | 488b040c
    mov dm 8 | mov rax, QWORD PTR [rax+0x40] | 488b4040
    mov dm 8 | mov rax, QWORD PTR [rax*8+0x40] | 488b04c540000000
    mov dm 8 | mov rax, QWORD PTR [rbp+rbp*1+0x40] | 488b442d40
    mov dm 8 | mov rax, QWORD PTR [rbp*8+0x0] | 488b04ed00000000
    mov dm 8 | mov rax, QWORD PTR [r9*4+0x40] | 4a8b048d40000000
    mov dm 8 | mov rax, QWORD PTR [r12+0x40] | 498b442440
    mov dm 8 | mov rax, QWORD PTR [r12*8+0x40] | 4a8b04e540000000
    mov dm 8 | mov rax, QWORD PTR [r13+r13*1+0x40] | 4b8b442d40
    mov dm 8 | mov rax, QWORD PTR [r13*8+0x0] | 4a8b04ed00000000
    mov dm 8 | mov rax, QWORD PTR gs:[rax+r9*8+0x4] | 654a8b44c804
    mov dm 8 | mov rax, QWORD PTR gs:[r9d+r10d*4] | 65674b8b0491
    mov dm 8 | mov rax, QWORD PTR ds:0xfffffffffffffff8 | 488b0425f8ffffff
    mov dm 8 | mov rax, QWORD PTR [table 1] | 488b0500000000
    mov dm 8 | mov rax, QWORD PTR [rsp+rcx*8+0x18] | 488b44cc18
    """
}
