package web

// identityWords are those of who kiosks are.
func identityWords() map[string][2]string {
	return map[string][2]string{
		"class.clone": {"终端身份疑被冒用", "Another device may use a kiosk's identity"},
		"todo.clone": {
			"可能有另一台设备持有这台终端的密钥。有疑问先停用（officed kiosk suspend），查看现场设备，再重新注册终端：新密钥生效后旧密钥立即失效。",
			"Another device may hold this kiosk's key. If in doubt suspend it first (officed kiosk suspend), look at the site, then enrol the kiosk again: no older key counts from then on.",
		},
		"alarm.not-admitted": {"总部未准许终端接入", "Head office does not admit the kiosk"},
		"alarm.line-flaps":   {"连接反复被断开，可能另有设备使用同一身份", "The line is cut again and again: another device may use the same identity"},

		"plankind.resume-kiosk":  {"恢复终端服务", "Put a kiosk back into service"},
		"plankind.replace-kiosk": {"终端换机", "Replace a kiosk's board"},
		"plankind.retire-kiosk":  {"终端退役", "Retire a kiosk"},
		"planfact.service":       {"执行前状态", "Service before"},
		"planfact.service_to":    {"执行后状态", "Service after"},
		"planfact.key":           {"密钥指纹", "Key"},
		"planfact.incarnation":   {"日志代次", "Incarnation of the journal"},
	}
}
