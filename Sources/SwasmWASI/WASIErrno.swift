import Glibc

/// The error numbers of WASI preview 1 (`errno`), in the order of the specification.
public enum WASIErrno: UInt16, Error, CaseIterable, Sendable {
  case success, toobig, acces, addrinuse, addrnotavail, afnosupport, again, already, badf, badmsg
  case busy, canceled, child, connaborted, connrefused, connreset, deadlk, destaddrreq, dom, dquot
  case exist, fault, fbig, hostunreach, idrm, ilseq, inprogress, intr, inval, io, isconn, isdir
  case loop, mfile, mlink, msgsize, multihop, nametoolong, netdown, netreset, netunreach, nfile
  case nobufs, nodev, noent, noexec, nolck, nolink, nomem, nomsg, noprotoopt, nospc, nosys, notconn
  case notdir, notempty, notrecoverable, notsock, notsup, notty, nxio, overflow, ownerdead, perm
  case pipe, proto, protonosupport, prototype, range, rofs, spipe, srch, stale, timedout, txtbsy
  case xdev, notcapable

  @_noLocks
  public static func == (a: Self, b: Self) -> Bool { a.rawValue == b.rawValue }
  @_noLocks
  public static func != (a: Self, b: Self) -> Bool { a.rawValue != b.rawValue }

  /// The specification's number.
  public var code: UInt16 { @_noLocks get { rawValue } }

  /// An unknown number is an input/output error.
  @_noLocks
  public init(code: UInt16) { self = Self(rawValue: code) ?? .io }

  /// The counterpart of what the kernel answered: a negative errno of Linux.
  @_noLocks
  public init(kernel result: Int) {
    switch Int32(truncatingIfNeeded: 0 &- result) {
    case E2BIG: self = .toobig
    case EACCES: self = .acces
    case EAGAIN: self = .again
    case EBADF: self = .badf
    case EBUSY: self = .busy
    case ECONNABORTED: self = .connaborted
    case ECONNRESET: self = .connreset
    case EDQUOT: self = .dquot
    case EEXIST: self = .exist
    case EFAULT: self = .fault
    case EFBIG: self = .fbig
    case EINTR: self = .intr
    case EINVAL: self = .inval
    case EISDIR: self = .isdir
    case ELOOP: self = .loop
    case EMFILE: self = .mfile
    case EMLINK: self = .mlink
    case EMSGSIZE: self = .msgsize
    case ENAMETOOLONG: self = .nametoolong
    case ENFILE: self = .nfile
    case ENOBUFS: self = .nobufs
    case ENODEV: self = .nodev
    case ENOENT: self = .noent
    case ENOMEM: self = .nomem
    case ENOSPC: self = .nospc
    case ENOTCONN: self = .notconn
    case ENOTDIR: self = .notdir
    case ENOTEMPTY: self = .notempty
    case ENOTSOCK: self = .notsock
    case ENXIO: self = .nxio
    case EOPNOTSUPP: self = .notsup
    case EOVERFLOW: self = .overflow
    case EPERM: self = .perm
    case EPIPE: self = .pipe
    case EROFS: self = .rofs
    case ESPIPE: self = .spipe
    case ESTALE: self = .stale
    case ETIMEDOUT: self = .timedout
    case ETXTBSY: self = .txtbsy
    case EXDEV: self = .xdev
    default: self = .io
    }
  }
}
