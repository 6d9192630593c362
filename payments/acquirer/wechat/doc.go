// Package wechat carries the operations of an acquirer to WeChat Pay's API v3
// (Native, 付款码, refunds), verified with WeChat's public key.
//
// It takes the requests, their signing and the models from wechatpay-go. Three
// things it does itself, because the library does them by habits that money cannot
// have: an error answer (4xx, 5xx) is verified like any other, where the library
// believes it unsigned; the clock is the caller's; and a notice is decoded without
// panics on what is missing.
//
// A code that is shown is ended by close, which is refused once it is paid. A
// collection is ended by reverse, which gives back what was paid. WeChat pushes no
// notice about a collection.
package wechat
