// Package agentapi is how kioskd and the update agent of the same board talk: the
// agent's state as JSON, the server of its socket, and a client.
//
// The agent is the only process that may write slots and mount sticks; kioskd has
// no such right, but holds the line to head office, the screen and the customer.
// So kioskd hands the agent the signed job as it came from head office and the
// choice that a technician made on the screen; the agent checks every signature
// itself, and says in State how far it is.
//
//	PUT  /job                 the signed job (wire.Signed); empty: none is wanted
//	GET  /state?after=REV     State, at once if its Rev is not REV, else after at most 30 s
//	POST /stick/ID/open       Login: somebody has logged in, the stick may be looked at
//	POST /stick/ID/close      nobody is logged in any more: what was on the stick is forgotten
//	POST /stick/ID/install    Choice: install this file of the stick
//	POST /stick/ID/dismiss    the technician is done with the stick
//
// Every answer that is no error is the State. An error is answered as
// {"error":{"code","message"}} with the status that ErrorCode says, and is an
// *Error at the client. The server bounds bodies, the requests at the same time and
// how long each may take; the client bounds answers. It owns no file but the
// socket, which only root and the socket's group may open. That a stick
// is opened, and which file of it is installed, is taken from kioskd's user and from root
// alone: kioskd has seen number, PIN and one-time code,
// and an account of the serial console, which may look, has not.
package agentapi
