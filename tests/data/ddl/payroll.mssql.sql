USE [Payroll]
GO
SET ANSI_NULLS ON
GO
SET QUOTED_IDENTIFIER ON
GO
CREATE TABLE [dbo].[Department](
	[DepartmentID] [smallint] IDENTITY(1,1) NOT NULL,
	[Name] [nvarchar](50) NOT NULL,
	[Head] [int] NULL,
 CONSTRAINT [PK_Department] PRIMARY KEY CLUSTERED 
(
	[DepartmentID] ASC
)WITH (PAD_INDEX = OFF, STATISTICS_NORECOMPUTE = OFF, IGNORE_DUP_KEY = OFF) ON [PRIMARY]
) ON [PRIMARY]
GO
CREATE TABLE [dbo].[Employee](
	[EmployeeID] [int] IDENTITY(1,1) NOT NULL,
	[rowguid] [uniqueidentifier] ROWGUIDCOL  NOT NULL,
	[Full Name] [nvarchar](100) NOT NULL,
	[Gender] [nchar](1) NOT NULL,
	[HireDate] [datetime2](7) NOT NULL,
	[Salary] [money] NOT NULL,
	[Active] [bit] NOT NULL,
	[DepartmentID] [smallint] NOT NULL,
	[Photo] [varbinary](max) NULL,
	[Notes] [nvarchar](max) NULL,
 CONSTRAINT [PK_Employee] PRIMARY KEY NONCLUSTERED ([EmployeeID] ASC) ON [PRIMARY]
) ON [PRIMARY] TEXTIMAGE_ON [PRIMARY]
GO
ALTER TABLE [dbo].[Employee] ADD  CONSTRAINT [DF_rowguid]  DEFAULT (newid()) FOR [rowguid]
GO
ALTER TABLE [dbo].[Employee]  WITH CHECK ADD  CONSTRAINT [FK_Employee_Department] FOREIGN KEY([DepartmentID])
REFERENCES [dbo].[Department] ([DepartmentID])
GO
ALTER TABLE [dbo].[Employee] CHECK CONSTRAINT [FK_Employee_Department]
GO
ALTER TABLE [dbo].[Department]  WITH CHECK ADD  CONSTRAINT [FK_Head] FOREIGN KEY([Head])
REFERENCES [dbo].[Employee] ([EmployeeID])
GO
ALTER TABLE [dbo].[Employee]  WITH CHECK ADD  CONSTRAINT [CK_Gender] CHECK  ((upper([Gender])='F' OR upper([Gender])='M'))
GO
ALTER TABLE [dbo].[Employee]  WITH CHECK ADD  CONSTRAINT [CK_Salary] CHECK  (([Salary]>=(1000.00)))
GO
CREATE PROCEDURE [dbo].[Raise] @by money AS
BEGIN
  CREATE TABLE #work (a int);
  UPDATE [dbo].[Employee] SET Salary = Salary + @by;
END
GO
INSERT [dbo].[Department] ([Name]) VALUES (N'Sales')
GO
