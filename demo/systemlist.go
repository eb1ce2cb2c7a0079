package demo

// listed is one information system of the group, on one line.
type listed struct {
	name, purpose string
	critical      byte   // m, i, s, l: mission-critical, important, standard, low
	unit          string // whose it is
	vendor        string // first word of the vendor's name; "" for own work
	hosting       byte   // o, c, v, h: own, cloud, at the vendor's, hybrid
	users         int    // at scale 1
	rto, rpo      int    // minutes; 0: not agreed
	data          string // p personal, h health, f financial, o public
	servers       string // roles of its machines, such as "db2 app2": two of each
	yearly        int    // thousands of euro a year its contracts cost
	labour        int    // thousands of euro a year of own work
}

// systemList are the information systems. The first ones matter most.
var systemList = []listed{
	{"ERP", "Orders, production, purchasing and accounts of the whole group.", 'm', "FIN", "Orbis", 'o', 310, 120, 15, "pf", "db2 app3 if1", 420, 260},
	{"CRM", "Customers, offers and visits.", 'i', "SAL", "Kundwerk", 'c', 85, 480, 60, "p", "", 96, 55},
	{"Mail and calendar", "Mail, calendar and meetings of everybody.", 'm', "MIS-INF", "Postbote", 'c', 390, 240, 0, "p", "", 78, 30},
	{"Payroll", "Pay of all employees in four countries.", 'm', "PAY", "Lohnhaus", 'o', 14, 480, 60, "pf", "db1 app1", 64, 40},
	{"Warehouse management", "Stock, picking and shipping in four warehouses.", 'm', "LOG", "Lagermeister", 'o', 96, 60, 5, "", "db2 app2", 110, 70},
	{"MES Malmö", "Runs and records production in Malmö.", 'm', "SE-PRD", "Taktwerk", 'o', 60, 60, 5, "", "db1 app2", 58, 45},
	{"MES Kraków", "Runs and records production in Kraków.", 'm', "PL-PRD", "Taktwerk", 'o', 66, 60, 5, "", "db1 app2", 58, 45},
	{"MES Győr", "Runs and records production in Győr.", 'm', "HU-PRD", "Taktwerk", 'o', 72, 0, 0, "", "db1 app1", 52, 38},
	{"Webshop", "Spare parts and small pumps for trade customers.", 'm', "SAL-WEB", "Butik", 'h', 40, 120, 15, "po", "db2 web3", 84, 90},
	{"Data warehouse", "What all systems know, cleaned and joined for reports.", 'i', "MIS-BI", "Datavy", 'o', 45, 1440, 1440, "pf", "db1 etl1", 60, 85},
	{"BI portal", "Reports and dashboards for managers.", 'i', "MIS-BI", "Datavy", 'o', 140, 1440, 0, "f", "app1", 38, 40},
	{"Directory and sign-in", "Accounts, groups and single sign-on.", 'm', "MIS-INF", "", 'o', 400, 60, 15, "p", "dc4", 12, 60},
	{"Network services", "Names, addresses and time on the network.", 'm', "MIS-INF", "", 'o', 400, 30, 60, "", "dns4", 8, 35},
	{"Wide area network", "Lines between the four sites and to the internet.", 'm', "MIS-INF", "Nordlicht", 'v', 400, 120, 0, "", "", 132, 40},
	{"Virtualisation platform", "Runs the virtual machines in Hamburg and at the plants.", 'm', "MIS-INF", "Virtuos", 'o', 20, 60, 0, "", "esx8", 145, 70},
	{"Storage platform", "Disks of the virtual machines and file shares.", 'm', "MIS-INF", "Festplatte", 'o', 20, 60, 5, "", "sto2", 98, 30},
	{"Backup", "Copies of everything that must not be lost.", 'm', "MIS-INF", "Alpenspeicher", 'h', 12, 480, 1440, "pf", "bck2", 76, 35},
	{"Monitoring", "Watches machines, services and lines.", 'i', "MIS-INF", "", 'o', 25, 480, 0, "", "mon2", 6, 30},
	{"File shares", "Documents of departments and projects.", 'i', "MIS-INF", "", 'o', 360, 240, 240, "p", "fs4", 4, 25},
	{"Print service", "Printing at all sites.", 's', "MIS-SD", "Drukarnia", 'o', 380, 1440, 0, "", "prn2", 42, 10},
	{"Service desk", "Requests, incidents and changes of the information systems.", 'i', "MIS-SD", "Helfende", 'c', 390, 480, 60, "p", "", 28, 25},
	{"Telephony", "Telephones and the hotline.", 'i', "MIS-SD", "Rufanlage", 'h', 330, 240, 0, "p", "pbx2", 46, 15},
	{"Workplace management", "Installs and updates desktops and notebooks.", 'i', "MIS-SD", "Fönster", 'o', 18, 1440, 1440, "p", "app1 db1", 155, 45},
	{"Endpoint protection", "Keeps malware off desktops and servers.", 'm', "MIS-SEC", "Schutzwall", 'h', 8, 480, 0, "", "app1", 52, 20},
	{"Perimeter firewall", "Filters what enters and leaves the networks.", 'm', "MIS-SEC", "Perimeter", 'o', 6, 60, 0, "", "fw4", 48, 30},
	{"Security monitoring", "Collects log entries and raises alarms.", 'i', "MIS-SEC", "Őrszem", 'v', 6, 1440, 0, "p", "", 66, 25},
	{"Remote access", "Work from home and remote service.", 'i', "MIS-INF", "", 'o', 260, 240, 0, "", "vpn2", 14, 15},
	{"Integration platform", "Carries messages between the systems.", 'm', "MIS-APP", "Karpaty", 'o', 12, 60, 5, "p", "app2 db1", 44, 95},
	{"Electronic data interchange", "Orders, deliveries and invoices with large customers.", 'i', "SAL-KEY", "Karpaty", 'o', 10, 240, 30, "", "app1", 36, 20},
	{"Document archive", "Keeps invoices and contracts as the law asks.", 'i', "FIN", "Archivar", 'o', 120, 1440, 240, "pf", "app1 db1", 40, 18},
	{"Consolidation", "Joins the books of the four companies.", 'i', "FIN", "Konsolid", 'c', 16, 1440, 240, "f", "", 48, 20},
	{"Treasury", "Cash, currencies and payments.", 'i', "FIN", "Bankbrücke", 'c', 8, 480, 60, "f", "", 34, 8},
	{"Travel expenses", "Trips and their expenses.", 's', "FIN", "", 'c', 210, 0, 0, "pf", "", 15, 5},
	{"Invoice processing", "Reads and approves incoming invoices.", 'i', "PL-SSC", "Archivar", 'o', 48, 480, 60, "pf", "app1", 32, 22},
	{"Time recording", "Working time at terminals and on the web.", 'i', "HR", "Zeitgeber", 'o', 395, 480, 60, "p", "app1 db1", 38, 15},
	{"Personnel files", "Contracts and files of employees.", 'i', "HR", "Archivar", 'o', 18, 1440, 240, "ph", "app1", 22, 10},
	{"Recruiting portal", "Job offers and applications.", 's', "HR", "Bewerberpfad", 'c', 30, 0, 0, "po", "", 18, 6},
	{"Learning platform", "Courses and yearly instructions.", 's', "HR", "Lernraum", 'c', 400, 0, 0, "p", "", 24, 8},
	{"Product life cycle", "Parts lists, drawings and their releases.", 'i', "RND", "Teilebuch", 'o', 58, 480, 60, "", "db1 app2", 88, 50},
	{"CAD", "Design of pumps and tools.", 'i', "RND", "Konstrukt", 'o', 34, 480, 0, "", "lic1", 126, 20},
	{"Simulation cluster", "Computes flow and strength of new pumps.", 's', "RND", "Konstrukt", 'o', 9, 0, 0, "", "hpc6", 54, 25},
	{"Test bench", "Records measurements of test runs.", 's', "RND", "", 'o', 14, 2880, 1440, "", "app1", 5, 30},
	{"Quality management", "Audits, complaints and their causes.", 'i', "QM", "Prüfstand", 'o', 62, 1440, 240, "", "app1 db1", 42, 18},
	{"Laboratory", "Material tests and certificates.", 's', "QM", "Prüfstand", 'o', 11, 2880, 0, "", "app1", 20, 9},
	{"Transport management", "Carriers, tours and freight costs.", 'i', "LOG", "Frachtweg", 'c', 26, 240, 60, "", "", 52, 14},
	{"Customs", "Export and import declarations.", 'i', "LOG", "Zollklar", 'c', 9, 240, 0, "", "", 26, 6},
	{"Yard and gate", "Trucks, ramps and visitors.", 'l', "LOG-WH", "", 'o', 15, 0, 0, "p", "app1", 4, 8},
	{"Supplier portal", "Orders and confirmations with suppliers.", 's', "PUR", "Orbis", 'o', 35, 1440, 60, "p", "web2", 30, 16},
	{"Contract register", "Contracts and their dates.", 's', "LEG", "", 'o', 22, 0, 0, "p", "app1", 3, 6},
	{"Electronic signatures", "Signs contracts with customers and suppliers.", 's', "LEG", "Signatur", 'c', 45, 1440, 0, "p", "", 16, 2},
	{"Website", "The group on the web, in five languages.", 's', "SAL-MKT", "Butik", 'c', 12, 1440, 1440, "o", "", 22, 25},
	{"Product information", "Texts, pictures and data sheets of products.", 's', "SAL-MKT", "Butik", 'o', 28, 1440, 240, "o", "app1 db1", 36, 22},
	{"Newsletter", "Mailings to customers.", 'l', "SAL-MKT", "", 'c', 6, 0, 0, "p", "", 6, 4},
	{"Configurator", "Puts together pumps to a customer's needs.", 'i', "SAL", "Duna", 'o', 52, 480, 60, "", "web2 db1", 18, 60},
	{"Field service", "Visits of the service technicians.", 'i', "SAL", "Kundwerk", 'c', 24, 480, 60, "p", "", 30, 12},
	{"Plant maintenance", "Machines of the plants and their upkeep.", 'i', "SE-MNT", "Orbis", 'o', 44, 480, 60, "", "app1", 26, 18},
	{"Process data historian", "Measurements of the machines, second by second.", 'i', "SE-PRD", "Taktwerk", 'o', 25, 480, 15, "", "db2", 34, 15},
	{"Energy monitoring", "Power, gas and water of the plants.", 'l', "HU-PRD", "", 'o', 12, 0, 0, "", "app1", 3, 9},
	{"Source code and builds", "Programs of our own and how they are built.", 's', "MIS-APP", "Duna", 'o', 22, 1440, 240, "", "app2", 9, 20},
	{"Legacy order archive", "Orders of the system before the ERP, for looking up.", 'l', "SAL", "", 'o', 7, 0, 0, "p", "db1", 2, 3},
}
