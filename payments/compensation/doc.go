// Package compensation is the one table that decides about a transaction: the
// facts of its legs -> its status, what is due, whether a case must be open, who
// acts, which slip. payments.Step calls it, and nothing else decides. Every cell is
// written out; an impossible one says Never and why. Nothing is decided by falling
// through.
//
// Payment of a bill, route money -> post (each cell: status; case; slip):
//
//	money \ post     none              moving            done            not done          unknown
//	none             not opened        never             never           never             never
//	moving           tendering         never             never           never             never
//	moving, doubt    tendering; case   never             never           never             never
//	not done         cancelled         never             never           never             never
//	not done, doubt  disputed; case;   never             never           never             never
//	                 disputed
//	done             posting: order    posting;          posted;         owed; case;       disputed; case;
//	                 it                pending           paid            owed              disputed
//	done, doubt      posting: order    posting; case;    posted; case;   owed; case;       disputed; case;
//	                 it; case          pending           paid            owed              disputed
//	done, can go     posting: order    posting;          posted;         undoing: undo     disputed; case;
//	back             it                pending           paid            it; undoing       disputed
//	undoing          undoing: undo     never             never           undoing: undo     never
//	                 it; undoing                                         it; undoing
//	undone           undone; undone    never             never           undone; undone    never
//	unknown          disputed; case;   never             never           never             never
//	                 disputed
//
// "Doubt" are notes that are cases of their own, whatever becomes of the rest. What
// the bank or the acquirer has taken can go back by a call, notes cannot: so a refused
// posting is owed for notes, and undone for the others. Undoing is also an order that
// nobody waits for any more: it may turn out to be paid, and then it is done.
//
// Where the bank itself posts (公共支付) there is no post leg: done is posted, and
// every other line is as above with post none.
//
// A purchase on a meter card, route money -> post -> card, is as above until its sale is
// known; the sale at the card-meter system is its post leg. Then, the money done:
//
//	sale \ card      none              moving            done            not done         unknown
//	done             writing: write    writing: write    posted;         unwritten;       unwritten;
//	                 it; pending       it; pending       paid            case; unwritten  case; unwritten
//	not done         owed, or undoing  writing, no act;  disputed;       owed, or         disputed; case;
//	                 by the tender     pending           case; paid      undoing          disputed
//
// A sale is not done after it was done where two people took it back. The card is the
// last word on what the customer has: a sale that was taken back while the card holds it
// is a case, and the customer's slip says what the card says.
//
// A re-write (补写), route card, takes no money: moving is writing, done is posted with a
// slip of its own, not done is cancelled, unknown is unwritten. The case is that of the
// sale that it carries on.
package compensation
