// Made from fixture.s by assemble-fixture.

/// Machine code for tests.
enum Fixture {
  /// The trampolines' page and the module's page, without the zeros at their ends.
  static let trampolines = """
    534889f34989fb8b3b8b731041ffd34889035bc34883ec08ffd74883c408c3534889f34989fb8b3b41ffd34889035bc3\
    534889f34989fb8b3b8b73108b53208b4b30448b4340448b4b5041ffd34889035bc3534889f34989fb4883ec108b8380\
    0000004889042441ffd34889035bc34883ec2848893c244889742410498b7b18498b53204889e641ff531085c075088b\
    04244883c428c30f0b0d\

    """
  static let text = """
    4c8d1db9100000ff25bb1000008d0437c34883ec08ff15a51000004883c408c3488b0d691000008b443908c389f899f7\
    fec389f84189f131d241f7f1c30f0b015341544883ec48e8f4ffffff4883c448415c5bc34883ec0889fa31f6488d3d9d\
    0f0000ff15b70f00004883c408c34883ec084189f949c1e104488b0d2010000042837c090804750942ff14094883c408\
    c30f0b0c090000b82a000000c3534883ec20e879ffffff4883c4205bc3c7053910000007000000c34883ec0889f8488d\
    3d3b0f00004c8d15540f000041ff14c24883c408c38b0515100000c3658b07c38b442408c21000534883ec10e820ffff\
    ff4883c4105bc35341548584240000f0ff4881ec00001400890424e8e7ffffff4881c400001400415c5bc348c7c00000\
    01008b00c3\

    """
  /// Offsets from the start of the trampolines; the module's text is at 4096.
  static let labels = [
    "entry_pair": 0,
    "trampolines": 0,
    "entry_none": 20,
    "entry_one": 31,
    "entry_six": 48,
    "entry_nine": 82,
    "host_pair": 111,
    "import_stub": 4096,
    "text": 4096,
    "f_add": 4109,
    "f_call_host": 4113,
    "f_load": 4128,
    "trap_load": 4135,
    "f_div": 4140,
    "f_div_r9": 4146,
    "f_unreachable": 4157,
    "f_recurse": 4160,
    "recurse_return": 4172,
    "f_grow": 4180,
    "f_call_indirect": 4206,
    "f_answer": 4247,
    "f_outer": 4253,
    "outer_return": 4263,
    "f_start": 4269,
    "f_libcall": 4280,
    "f_global": 4309,
    "f_gs_load": 4316,
    "f_ninth": 4320,
    "f_outer_host": 4327,
    "outer_host_return": 4337,
    "f_large": 4343,
    "large_return": 4368,
    "f_wild": 4379,
    "text_end": 4389,
    "data": 8192,
  ]
}
