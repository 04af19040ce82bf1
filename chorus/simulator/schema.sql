create table if not exists meta (key text primary key, value text not null);
create table if not exists structure (
  id integer primary key autoincrement,
  siret text not null unique,
  name text not null,
  public integer not null,
  active integer not null default 1,
  service integer not null default 0,
  engagement integer not null default 0,
  either integer not null default 0,
  reports_payment integer not null default 1,
  town text not null default 'Bourges'
);
create table if not exists service (
  id integer primary key autoincrement,
  structure_id integer not null references structure,
  code text not null,
  label text not null,
  active integer not null default 1,
  engagement integer not null default 0,
  unique (structure_id, code)
);
create table if not exists account (
  login text primary key,
  password text not null,
  structure_id integer not null references structure,
  expires_at integer not null,
  active_at integer not null default 0
);
create table if not exists attachment (
  login text not null references account,
  structure_id integer not null references structure,
  space text not null default 'MODIFICATION',
  primary key (login, structure_id)
) without rowid;
create table if not exists application (client_id text primary key, secret text not null, families text not null);
create table if not exists token (token text primary key, client_id text not null, expires_at integer not null);
create table if not exists engagement (supplier_siret text not null, number text not null);
create table if not exists content (sha256 text primary key, bytes blob);
create table if not exists piece (
  id integer primary key autoincrement,
  name text not null,
  extension text not null,
  mime text not null,
  size integer not null,
  sha256 text not null,
  login text not null,
  added_at integer not null
);
-- Moments are milliseconds since 1970 in UTC, on the simulator's clock. No unique key on (supplier, number):
-- the check for duplicates can be switched off, and what is then stored twice is what our proofs count.
create table if not exists invoice (
  id integer primary key autoincrement,
  supplier_id integer not null references structure,
  recipient_id integer not null references structure,
  service_id integer references service,
  number text not null,
  kind text not null,
  mode text not null,
  cadre text not null,
  invoice_date text not null,
  deposit_date text not null,
  deposited_at integer not null,
  status text not null,
  status_at integer not null,
  status_comment text not null default '',
  changed_at integer not null,
  next_at integer,
  engagement text not null default '',
  contract text not null default '',
  origin text not null default '',
  vat_type text not null default '',
  payment_mode text not null default '',
  total_ht real not null,
  total_tva real not null,
  total_ttc real not null,
  discount real,
  discount_reason text not null default '',
  net real not null,
  comment text not null default '',
  payment_order text not null default '',
  flow text not null default '',
  bank_id integer,
  piece_id integer references piece,
  rejection_handled integer not null default 0,
  login text not null default '',
  details text not null default '{}'
);
create index if not exists invoice_number on invoice (supplier_id, number);
create index if not exists invoice_status_at on invoice (status_at);
create index if not exists invoice_supplier_status_at on invoice (supplier_id, status_at);
create index if not exists invoice_next_at on invoice (next_at) where next_at is not null;
create table if not exists history (
  id integer primary key autoincrement,
  invoice_id integer not null references invoice,
  status text not null,
  at integer not null,
  comment text not null default '',
  author text not null default ''
);
create index if not exists history_invoice on history (invoice_id, at);
create table if not exists act (
  id integer primary key autoincrement,
  invoice_id integer not null references invoice,
  code text not null,
  at integer not null,
  login text not null default ''
);
create index if not exists act_invoice on act (invoice_id);
create table if not exists extra_piece (
  id integer primary key autoincrement,
  invoice_id integer not null references invoice,
  piece_id integer not null references piece,
  kind text not null,
  designation text not null,
  line integer
);
create index if not exists extra_piece_invoice on extra_piece (invoice_id);
create table if not exists flux (
  id integer primary key autoincrement,
  number text not null unique,
  login text not null,
  name text not null,
  syntax text not null,
  sha256 text not null,
  deposited_at integer not null,
  visible_at integer,
  state text not null,
  state_at integer not null,
  next_at integer,
  forced_end text not null default '',
  documents text not null,
  errors text not null default '[]',
  technical text not null default '[]'
);
create index if not exists flux_next_at on flux (next_at) where next_at is not null;
create index if not exists invoice_flow on invoice (flow) where flow != '';
