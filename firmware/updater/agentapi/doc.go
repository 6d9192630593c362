// Package agentapi is how kioskd and the update agent of the same board talk: the
// agent's state as JSON, and a client for its socket.
//
// The agent is the only process that may write slots and mount sticks; kioskd has
// no such right, but holds the line to head office, the screen and the customer.
// So kioskd hands the agent the signed job as it came from head office and the
// choice that a technician made on the screen; the agent checks every signature
// itself, and says in State how far it is.
//
//	PUT  /job                 the signed job (wire.Signed); empty: none is wanted
//	GET  /state?after=REV     State, at once if its Rev is not REV, else after at most 30 s
//	POST /stick/ID/install    Choice: install this file of the stick
//	POST /stick/ID/dismiss    the technician is done with the stick
//
// An error is answered as {"error":{"code","message"}}. It owns no file and no
// device.
package agentapi
