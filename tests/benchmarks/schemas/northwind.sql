CREATE TABLE "Categories" (
  "CategoryID" int PRIMARY KEY, "CategoryName" varchar(15) NOT NULL, "Description" text
);
CREATE TABLE "Suppliers" (
  "SupplierID" int PRIMARY KEY, "CompanyName" varchar(40) NOT NULL, "ContactName" varchar(30),
  "ContactTitle" varchar(30), "Address" varchar(60), "City" varchar(15), "Region" varchar(15),
  "PostalCode" varchar(10), "Country" varchar(15), "Phone" varchar(24), "Fax" varchar(24),
  "HomePage" text
);
CREATE TABLE "Shippers" (
  "ShipperID" int PRIMARY KEY, "CompanyName" varchar(40) NOT NULL, "Phone" varchar(24)
);
CREATE TABLE "Products" (
  "ProductID" int PRIMARY KEY, "ProductName" varchar(40) NOT NULL,
  "SupplierID" int REFERENCES "Suppliers", "CategoryID" int REFERENCES "Categories",
  "QuantityPerUnit" varchar(20), "UnitPrice" numeric(10, 4), "UnitsInStock" smallint,
  "UnitsOnOrder" smallint, "ReorderLevel" smallint, "Discontinued" boolean NOT NULL
);
CREATE TABLE "Customers" (
  "CustomerID" varchar(5) PRIMARY KEY, "CompanyName" varchar(40) NOT NULL,
  "ContactName" varchar(30), "ContactTitle" varchar(30), "Address" varchar(60),
  "City" varchar(15), "Region" varchar(15), "PostalCode" varchar(10), "Country" varchar(15),
  "Phone" varchar(24), "Fax" varchar(24)
);
CREATE TABLE "Employees" (
  "EmployeeID" int PRIMARY KEY, "LastName" varchar(20) NOT NULL, "FirstName" varchar(10) NOT NULL,
  "Title" varchar(30), "TitleOfCourtesy" varchar(25), "BirthDate" date, "HireDate" date,
  "Address" varchar(60), "City" varchar(15), "Region" varchar(15), "PostalCode" varchar(10),
  "Country" varchar(15), "HomePhone" varchar(24), "Extension" varchar(4), "Notes" text,
  "ReportsTo" int REFERENCES "Employees", "PhotoPath" varchar(255)
);
CREATE TABLE "Orders" (
  "OrderID" int PRIMARY KEY, "CustomerID" varchar(5) REFERENCES "Customers",
  "EmployeeID" int REFERENCES "Employees", "OrderDate" timestamp, "RequiredDate" timestamp,
  "ShippedDate" timestamp, "ShipVia" int REFERENCES "Shippers", "Freight" numeric(10, 4),
  "ShipName" varchar(40), "ShipAddress" varchar(60), "ShipCity" varchar(15),
  "ShipRegion" varchar(15), "ShipPostalCode" varchar(10), "ShipCountry" varchar(15)
);
CREATE TABLE "Order_Details" (
  "OrderID" int NOT NULL REFERENCES "Orders", "ProductID" int NOT NULL REFERENCES "Products",
  "UnitPrice" numeric(10, 4) NOT NULL, "Quantity" smallint NOT NULL,
  "Discount" double precision NOT NULL, PRIMARY KEY ("OrderID", "ProductID")
);
CREATE TABLE "Regions" ("RegionID" int PRIMARY KEY, "RegionDescription" varchar(50) NOT NULL);
CREATE TABLE "Territories" (
  "TerritoryID" varchar(20) PRIMARY KEY, "TerritoryDescription" varchar(50) NOT NULL,
  "RegionID" int NOT NULL REFERENCES "Regions"
);
CREATE TABLE "EmployeeTerritories" (
  "EmployeeID" int NOT NULL REFERENCES "Employees",
  "TerritoryID" varchar(20) NOT NULL REFERENCES "Territories",
  PRIMARY KEY ("EmployeeID", "TerritoryID")
);
CREATE TABLE "CustomerDemographics" (
  "CustomerTypeID" varchar(10) PRIMARY KEY, "CustomerDesc" text
);
CREATE TABLE "CustomerCustomerDemo" (
  "CustomerID" varchar(5) NOT NULL REFERENCES "Customers",
  "CustomerTypeID" varchar(10) NOT NULL REFERENCES "CustomerDemographics",
  PRIMARY KEY ("CustomerID", "CustomerTypeID")
);
