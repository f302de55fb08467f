import SwasmLink
import Testing
