-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)
--
-- Host: localhost    Database: clinic
-- ------------------------------------------------------
/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!50503 SET NAMES utf8mb4 */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;

--
-- Table structure for table `visits`
--

DROP TABLE IF EXISTS `visits`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
CREATE TABLE `visits` (
  `visit_id` int unsigned NOT NULL AUTO_INCREMENT,
  `patient_id` mediumint unsigned NOT NULL,
  `ward` enum('A','B','C; D','it''s \'E\'') COLLATE utf8mb4_bin NOT NULL DEFAULT 'A' COMMENT 'where; not who',
  `admitted` datetime(6) NOT NULL,
  `discharged` datetime(6) DEFAULT NULL,
  `urgent` tinyint(1) NOT NULL DEFAULT '0',
  `charge` decimal(9,2) unsigned NOT NULL DEFAULT '0.00',
  `weight` double DEFAULT NULL,
  `photo` longblob,
  `note` text,
  `changed` timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  PRIMARY KEY (`visit_id`),
  UNIQUE KEY `one_at_a_time` (`patient_id`,`admitted`),
  KEY `idx_ward` (`ward`),
  FULLTEXT KEY `words` (`note`),
  CONSTRAINT `fk_patient` FOREIGN KEY (`patient_id`) REFERENCES `patients` (`patient_id`) ON DELETE RESTRICT ON UPDATE CASCADE,
  CONSTRAINT `visits_chk_1` CHECK ((`charge` between 0 and 50000)),
  CONSTRAINT `visits_chk_2` CHECK ((`discharged` >= `admitted`))
) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='Stays; one a line';
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `visits`
--

LOCK TABLES `visits` WRITE;
/*!40000 ALTER TABLE `visits` DISABLE KEYS */;
INSERT INTO `visits` VALUES (1,1,'A','2024-01-01 00:00:00.000000',NULL,0,1.00,NULL,NULL,'a \'quote\'; create table `z` (a int);','2024-01-01 00:00:00'),(2,1,'B','2024-01-01 00:00:00.000000',NULL,0,1.00,NULL,NULL,'\\','2024-01-01 00:00:00');
UNLOCK TABLES;

DROP TABLE IF EXISTS `patients`;
CREATE TABLE `patients` (
  `patient_id` mediumint unsigned NOT NULL AUTO_INCREMENT,
  `insurance` char(10) NOT NULL,
  `first_name` varchar(40) NOT NULL,
  `last_name` varchar(40) NOT NULL,
  `born` date NOT NULL,
  `sex` char(1) DEFAULT NULL,
  `full_name` varchar(90) GENERATED ALWAYS AS (concat(`first_name`,' ',`last_name`)) VIRTUAL,
  `year_of_entry` year NOT NULL,
  PRIMARY KEY (`patient_id`),
  UNIQUE KEY `insurance` (`insurance`),
  CONSTRAINT `sexes` CHECK (`sex` in ('f','m','x'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
/*!50100 PARTITION BY HASH (`patient_id`) PARTITIONS 4 */;

DELIMITER ;;
CREATE TRIGGER `t` BEFORE INSERT ON `visits` FOR EACH ROW BEGIN SET NEW.note = ''; CREATE TABLE `no` (a int); END ;;
DELIMITER ;
/*!50001 CREATE VIEW `v` AS SELECT 1 */;
