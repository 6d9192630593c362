# Boot script of a Wattkiosk board: chooses the slot by the state blocks.
# ${devtype} and ${devnum} come from U-Boot's distro boot.
setenv envaddr 0x44000000
setenv fitaddr 0x50000000
if test "${wk_fitaddr}" != ""; then setenv fitaddr ${wk_fitaddr}; setenv envaddr ${wk_envaddr}; fi
@HIGH@
part start ${devtype} ${devnum} 2 st0
setexpr st1 ${st0} + 0x800
setenv vars "good try left seq floor"
setenv seq0 0
setenv seq1 0
setenv good; setenv try; setenv left; setenv seq; setenv floor
${devtype} read ${envaddr} ${st0} 0x20
if env import -c ${envaddr} 0x4000 good try left seq floor; then setenv seq0 ${seq}; fi
setenv good; setenv try; setenv left; setenv seq; setenv floor
${devtype} read ${envaddr} ${st1} 0x20
if env import -c ${envaddr} 0x4000 good try left seq floor; then setenv seq1 ${seq}; fi
setenv other ${st0}
if itest ${seq0} -ge ${seq1}; then
	setenv other ${st1}
	setenv good; setenv try; setenv left; setenv seq; setenv floor
	${devtype} read ${envaddr} ${st0} 0x20
	env import -c ${envaddr} 0x4000 good try left seq floor
fi
if test "${good}" != "b"; then setenv good a; fi
setenv slot ${good}
setenv mode good
if test "${try}" = "a" || test "${try}" = "b"; then
	setenv mode fallback
	if itest 0x0${left} -gt 0; then
		setexpr left 0x${left} - 1
		setexpr seq 0x${seq} + 1
		mw.b ${envaddr} 0 0x4000
		env export -c -s 0x4000 ${envaddr} good try left seq floor
		if ${devtype} write ${envaddr} ${other} 0x20; then
			setenv slot ${try}
			setenv mode trial
		fi
	fi
fi
echo "wattkiosk: slot ${slot} (${mode})"
for attempt in 1 2; do
	if test "${slot}" = "a"; then setenv part 3; setenv rootpart 5; else setenv part 4; setenv rootpart 6; fi
	# The root of this disk, and of no other: the initrd looks for the partition by its UUID.
	setenv rootid
	part uuid ${devtype} ${devnum}:${rootpart} rootid
	setenv bootargs "root=PARTLABEL=root_${slot} ro kiosk.slot=${slot} kiosk.mode=${mode} kiosk.root=${rootid} panic=5 net.ifnames=0 quiet console=@CONSOLE@ @ARGS@"
	if load ${devtype} ${devnum}:${part} ${fitaddr} kernel.itb; then
		if test "${fdtcontroladdr}" != "" && test "${wk_fdt}" = ""; then
			bootm ${fitaddr}#kiosk ${fitaddr}#kiosk ${fdtcontroladdr}
		else
			bootm ${fitaddr}#kiosk
		fi
	fi
	echo "wattkiosk: slot ${slot} does not start"
	setenv mode fallback
	if test "${slot}" = "${good}"; then
		if test "${good}" = "a"; then setenv slot b; else setenv slot a; fi
	else
		setenv slot ${good}
	fi
done
echo "wattkiosk: no slot starts"
sleep 5
reset
