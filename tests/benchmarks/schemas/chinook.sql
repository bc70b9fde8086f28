CREATE TABLE "Artist" ("ArtistId" int PRIMARY KEY, "Name" varchar(120));
CREATE TABLE "Album" (
  "AlbumId" int PRIMARY KEY, "Title" varchar(160) NOT NULL,
  "ArtistId" int NOT NULL REFERENCES "Artist"
);
CREATE TABLE "Employee" (
  "EmployeeId" int PRIMARY KEY, "LastName" varchar(20) NOT NULL, "FirstName" varchar(20) NOT NULL,
  "Title" varchar(30), "ReportsTo" int REFERENCES "Employee", "BirthDate" timestamp,
  "HireDate" timestamp, "Address" varchar(70), "City" varchar(40), "State" varchar(40),
  "Country" varchar(40), "PostalCode" varchar(10), "Phone" varchar(24), "Fax" varchar(24),
  "Email" varchar(60)
);
CREATE TABLE "Customer" (
  "CustomerId" int PRIMARY KEY, "FirstName" varchar(40) NOT NULL, "LastName" varchar(20) NOT NULL,
  "Company" varchar(80), "Address" varchar(70), "City" varchar(40), "State" varchar(40),
  "Country" varchar(40), "PostalCode" varchar(10), "Phone" varchar(24), "Fax" varchar(24),
  "Email" varchar(60) NOT NULL, "SupportRepId" int REFERENCES "Employee"
);
CREATE TABLE "Genre" ("GenreId" int PRIMARY KEY, "Name" varchar(120));
CREATE TABLE "MediaType" ("MediaTypeId" int PRIMARY KEY, "Name" varchar(120));
CREATE TABLE "Track" (
  "TrackId" int PRIMARY KEY, "Name" varchar(200) NOT NULL, "AlbumId" int REFERENCES "Album",
  "MediaTypeId" int NOT NULL REFERENCES "MediaType", "GenreId" int REFERENCES "Genre",
  "Composer" varchar(220), "Milliseconds" int NOT NULL, "Bytes" int,
  "UnitPrice" numeric(10, 2) NOT NULL
);
CREATE TABLE "Invoice" (
  "InvoiceId" int PRIMARY KEY, "CustomerId" int NOT NULL REFERENCES "Customer",
  "InvoiceDate" timestamp NOT NULL, "BillingAddress" varchar(70), "BillingCity" varchar(40),
  "BillingState" varchar(40), "BillingCountry" varchar(40), "BillingPostalCode" varchar(10),
  "Total" numeric(10, 2) NOT NULL
);
CREATE TABLE "InvoiceLine" (
  "InvoiceLineId" int PRIMARY KEY, "InvoiceId" int NOT NULL REFERENCES "Invoice",
  "TrackId" int NOT NULL REFERENCES "Track", "UnitPrice" numeric(10, 2) NOT NULL,
  "Quantity" int NOT NULL
);
CREATE TABLE "Playlist" ("PlaylistId" int PRIMARY KEY, "Name" varchar(120));
CREATE TABLE "PlaylistTrack" (
  "PlaylistId" int NOT NULL REFERENCES "Playlist", "TrackId" int NOT NULL REFERENCES "Track",
  PRIMARY KEY ("PlaylistId", "TrackId")
);
