# What a Debian package has in share/doc: its licence and two logs of changes, latent's and its own. CPack runs this
# when the files to pack are in their folder; the time of the package is SOURCE_DATE_EPOCH, if that is set.

set(documents ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/share/doc/${CPACK_PACKAGE_NAME})
string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${documents}/changelog.Debian
"${CPACK_PACKAGE_NAME} (${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}) unstable; urgency=medium

  * Made by CPack; changelog.gz says what is new in latent.

 -- ${CPACK_PACKAGE_CONTACT}  ${now}
")
configure_file(${CPACK_LATENT_SOURCE}/cmake/packages/debian/copyright ${documents}/copyright COPYONLY)
configure_file(${CPACK_LATENT_SOURCE}/CHANGELOG.md ${documents}/changelog COPYONLY)
execute_process(COMMAND gzip -9n ${documents}/changelog ${documents}/changelog.Debian COMMAND_ERROR_IS_FATAL ANY)
file(CHMOD_RECURSE ${documents} FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ
     DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
