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
//
// "Doubt" are notes that are cases of their own, whatever becomes of the rest.
package compensation
