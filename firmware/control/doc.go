// Package control is the kiosk's control socket, for kioskctl and the update agent, and the
// status that it shares with the screen's address, head office and /metrics.
//
// It answers what the kiosk is like ([Look]), what its journal says and whether the journal's
// money adds up ([Verify]), tries devices, and gives holds. It decides nothing: a hold is
// the core's to give. While the socket cannot be opened the kiosk sells without it, says so
// as a condition, and tries again. Bodies are bounded and strict, answers are JSON.
package control
