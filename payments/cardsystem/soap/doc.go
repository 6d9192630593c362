// Package soap is the card-meter system as a web service: the operations of package
// cardsystem as documents (cardsystem/document) in SOAP messages. The WSDL is in this
// folder; [WSDL] is its text.
//
// A request is an element of the operation's name with the document in data; its answer
// is the name with Response, and status, message and data. All are in Namespace, and the
// SOAPAction is Namespace, "/" and the name. That shape, and the WSDL, are ours [I]: the
// reference gives no web service of a card-meter system. The statuses are those of the
// documents.
//
// # Faults
//
//	a status in the detail (retcode, errorCode, code)   an answer with that status, if it is no success
//	refused at the door: token, version                 not sent: nothing was carried out
//	anything else                                       no answer: the outcome is Unknown
package soap
