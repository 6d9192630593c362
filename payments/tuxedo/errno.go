package tuxedo

import "fmt"

// The values of tperrno that decide something; they are the same in Tuxedo, Enduro/X and
// Fuxedo.
const (
	tpeBlock   = 3
	tpeInval   = 4
	tpeNoEnt   = 6
	tpePerm    = 8
	tpeSvcFail = 11
)

// errnoNames is read-only.
var errnoNames = map[int]string{
	1: "TPEABORT", 2: "TPEBADDESC", tpeBlock: "TPEBLOCK", tpeInval: "TPEINVAL", 5: "TPELIMIT", tpeNoEnt: "TPENOENT", 7: "TPEOS", tpePerm: "TPEPERM",
	9: "TPEPROTO", 10: "TPESVCERR", tpeSvcFail: "TPESVCFAIL", 12: "TPESYSTEM", 13: "TPETIME", 14: "TPETRAN", 15: "TPGOTSIG", 16: "TPERMERR",
	17: "TPEITYPE", 18: "TPEOTYPE", 19: "TPERELEASE", 20: "TPEHAZARD", 21: "TPEHEURISTIC", 22: "TPEEVENT", 23: "TPEMATCH", 24: "TPEDIAGNOSTIC", 25: "TPEMIB",
}

// Errno is a value of tperrno.
type Errno int

// Error names the value.
func (e Errno) Error() string {
	if name, ok := errnoNames[int(e)]; ok {
		return name
	}

	return fmt.Sprintf("tperrno %d", int(e))
}

// unsent reports whether a tpcall that failed so has certainly not sent anything. Whatever
// is not listed may have been carried out.
func (e Errno) unsent() bool {
	switch e {
	case tpeNoEnt, tpeInval, tpePerm, tpeBlock:
		return true
	}

	return false
}
