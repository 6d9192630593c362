// Package soap carries the operations of package mis to a web service: a MIS behind SOAP
// 1.1 or 1.2, or behind a gateway that makes a service of a Tuxedo domain (SALT). It owns
// the client and how a message is written; the envelope, the token and faults are
// payments/soap's. The messages are those of mis/socket's dialects, which are data.
//
// # Messages [I]
//
// The body is one element, in the namespace of Config: Query, Verify, Pay, GetPayResult or
// PayCancel, unless Config.Names says other names; the answer's ends in Response. In it is
// an element for each field of the dialect's message, by the field's name, in any order and
// any namespace; numbers without leading zeros. Each row of the repeated group is an element
// item with the elements of its fields.
//
//	<Pay xmlns="urn:wattkiosk:mis:1"><jylsh>20261123000000000001</jylsh>…<jfje>12850</jfje></Pay>
//
// # What becomes of a call
//
//	                                    post        ask, reverse  query, verify
//	an answer to this request           by its code, as mis.Judge says
//	a fault with a code that is known
//	in its detail, and is not success   by that code
//	a fault that says that nobody
//	looked at the request               not done    unknown       unknown
//	any other fault, another status
//	than 200, what is no answer of
//	ours, silence                       unknown     unknown       unknown
//	no connection, no turn, resting
//	after a dial that failed            not done    unknown       unknown
//
// Not done is this call's, and it may be repeated (Retry).
package soap
